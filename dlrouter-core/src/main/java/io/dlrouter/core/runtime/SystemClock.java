package io.dlrouter.core.runtime;

import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The system's time, and one daemon thread for all that is to be run later, which starts with the first task. Belongs to
 * one router, which closes it. Safe for use by many threads.
 */
public final class SystemClock implements RouterClock, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SystemClock.class);
    private static final Task NEVER = () -> false;

    private final ScheduledThreadPoolExecutor thread;

    /** A clock whose thread is made by the system. */
    public SystemClock() {
        this(Threads.system());
    }

    /** A clock whose thread is one of these. */
    public SystemClock(Threads threads) {
        this.thread = threads.timer("dlrouter-clock");
    }

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
        ScheduledTask scheduled = new ScheduledTask(task);
        try {
            ScheduledFuture<?> handle = thread.schedule(scheduled, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(handle);
        } catch (RejectedExecutionException e) {
            LOG.debug("A task was not scheduled: the router was closed", e);
            return NEVER;
        }
    }

    /** A task that is run or cancelled, whichever comes first: to the future it is not run before its end. */
    private static final class ScheduledTask implements Runnable {
        private final Runnable task;
        private final AtomicBoolean claimed = new AtomicBoolean();

        ScheduledTask(Runnable task) {
            this.task = task;
        }

        /** A task that fails must not take the others with it. */
        @Override
        public void run() {
            if (claimed.compareAndSet(false, true)) {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    LOG.error("A scheduled task failed", e);
                }
            }
        }

        boolean cancel(Future<?> handle) {
            boolean inTime = claimed.compareAndSet(false, true);
            if (inTime) {
                handle.cancel(false);
            }
            return inTime;
        }
    }

    /** Tasks that are not due yet are never run. Closing twice is harmless. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
