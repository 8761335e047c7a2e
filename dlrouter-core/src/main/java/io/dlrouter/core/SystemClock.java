package io.dlrouter.core;

import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The system's time, and one daemon thread for all that is to be run later, which starts with the first task. Belongs to
 * one router, which closes it. Safe for use by many threads.
 */
final class SystemClock implements RouterClock, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SystemClock.class);
    private static final Task NEVER = () -> false;

    private final ScheduledThreadPoolExecutor thread = Threads.timer("dlrouter-clock");

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public Task schedule(Duration delay, Runnable task) {
        try {
            ScheduledFuture<?> scheduled =
                    thread.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException e) {
            LOG.debug("A task was not scheduled: the router was closed", e);
            return NEVER;
        }
    }

    /** A task that fails must not take the others with it. */
    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("A scheduled task failed", e);
        }
    }

    /** Tasks that are not due yet are never run. Closing twice is harmless. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
