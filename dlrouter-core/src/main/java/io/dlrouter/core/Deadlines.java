package io.dlrouter.core;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches that nothing takes longer than it may. One thread looks at all deadlines a few times a second, so that to
 * prolong one, which happens with every chunk of every stream, is a single write.
 */
final class Deadlines implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final long TICK_MILLIS = 50;

    private final Set<Deadline> pending = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean ticking = new AtomicBoolean();
    private final ScheduledExecutorService ticker = Threads.ticker("dlrouter-deadlines");

    /** What must happen within a limit. */
    final class Deadline {
        private final Runnable onExpiry;
        private volatile long at;

        private Deadline(Duration limit, Runnable onExpiry) {
            this.onExpiry = onExpiry;
            this.at = System.nanoTime() + limit.toNanos();
        }

        /** Starts the limit anew from this moment. */
        void prolong(long nanos) {
            at = System.nanoTime() + nanos;
        }

        /** Holds until the limit is started anew. */
        void suspend() {
            at = System.nanoTime() + Long.MAX_VALUE / 2;
        }

        /** Takes the deadline back; false if it has expired, or was taken back before. */
        boolean cancel() {
            return pending.remove(this);
        }

        private void check(long now) {
            if (now - at >= 0 && cancel()) {
                expire();
            }
        }

        /** What one deadline does must not keep the others from being watched. */
        private void expire() {
            try {
                onExpiry.run();
            } catch (RuntimeException e) {
                LOG.error("What was to be done after a deadline failed", e);
            }
        }
    }

    /** @param onExpiry is run by the thread that watches, once, unless the deadline is cancelled before; to be short */
    Deadline start(Duration limit, Runnable onExpiry) {
        Deadline deadline = new Deadline(limit, onExpiry);
        pending.add(deadline);
        startTicker();
        return deadline;
    }

    private void startTicker() {
        if (!ticking.get() && ticking.compareAndSet(false, true)) {
            try {
                ScheduledFuture<?> unused =
                        ticker.scheduleAtFixedRate(this::checkAll, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The router was closed, which ends all that is under way", e);
            }
        }
    }

    private void checkAll() {
        long now = System.nanoTime();
        pending.forEach(deadline -> deadline.check(now));
    }

    @Override
    public void close() {
        ticker.shutdownNow();
    }
}
