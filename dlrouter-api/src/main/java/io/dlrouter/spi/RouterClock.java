package io.dlrouter.spi;

import io.dlrouter.Experimental;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/**
 * The time of a router and its plug-ins: elapsed time, wall clock and scheduled tasks. Everything that waits or
 * measures uses it, so that a test can control time. Safe for use by many threads.
 */
@Experimental
public interface RouterClock {

    /** Nanoseconds since an arbitrary moment, never decreasing, as {@link System#nanoTime()}. */
    long nanoTime();

    /** The wall clock, for dates. It may be set back. */
    Instant now();

    /**
     * Runs a task once, on a thread of this clock.
     *
     * @param delay from now; zero or less for at once
     * @param task short and non-blocking, because tasks share a thread
     * @return to cancel the task; a closed clock never runs it
     */
    Task schedule(Duration delay, Runnable task);

    /**
     * A future that completes after the delay, on a thread of this clock. It may be cancelled.
     *
     * @param delay from now
     */
    default CompletableFuture<Void> after(Duration delay) {
        CompletableFuture<Void> elapsed = new CompletableFuture<>();
        Task task = schedule(delay, () -> elapsed.complete(null));
        CompletableFuture<Void> unused = elapsed.whenComplete((nothing, failure) -> task.cancel());
        return elapsed;
    }

    /** A scheduled task. */
    interface Task {

        /** Cancels the task. Returns false if it has run, is running, or was cancelled before. */
        boolean cancel();
    }
}
