package io.dlrouter.spi;

import io.dlrouter.Experimental;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/**
 * The time that a router and its plug-ins go by: what has elapsed, what the wall clock shows, and what is to be run
 * later. Everything in a router that waits or measures takes its time from here, so that a test may move it. Safe for
 * use by many threads.
 */
@Experimental
public interface RouterClock {

    /** Nanoseconds since an arbitrary moment, never going back; as {@link System#nanoTime()}. */
    long nanoTime();

    /** The wall clock. May be set back; for dates, not for measuring. */
    Instant now();

    /**
     * Runs a task once, on a thread of this clock.
     *
     * @param delay from now on; zero or less for at once
     * @param task short, and never blocking: tasks share a thread
     * @return to cancel it by; a task of a clock that has been closed is never run
     */
    Task schedule(Duration delay, Runnable task);

    /**
     * A future that completes after the delay, on a thread of this clock. To cancel it is harmless.
     *
     * @param delay from now on
     */
    default CompletableFuture<Void> after(Duration delay) {
        CompletableFuture<Void> elapsed = new CompletableFuture<>();
        Task task = schedule(delay, () -> elapsed.complete(null));
        CompletableFuture<Void> unused = elapsed.whenComplete((nothing, failure) -> task.cancel());
        return elapsed;
    }

    /** A scheduled task. */
    interface Task {

        /** Whether this kept the task from running: false if it has run, runs, or was cancelled before. */
        boolean cancel();
    }
}
