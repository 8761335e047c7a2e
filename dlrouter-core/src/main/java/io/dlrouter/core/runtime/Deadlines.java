package io.dlrouter.core.runtime;

import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches that nothing takes longer than it may. All deadlines are checked a few times a second as long as there are any,
 * so that to prolong one, which happens with every chunk of every stream, is a single write.
 */
public final class Deadlines implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    public static final Duration TICK = Duration.ofMillis(50);

    private final RouterClock clock;
    private final Set<Deadline> pending = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean ticking = new AtomicBoolean();
    private volatile RouterClock.@Nullable Task tick;
    private volatile boolean closed;

    public Deadlines(RouterClock clock) {
        this.clock = clock;
    }

    /** What must happen within a limit. */
    public final class Deadline {
        private final Runnable onExpiry;
        private volatile long at;

        private Deadline(Duration limit, Runnable onExpiry) {
            this.onExpiry = onExpiry;
            this.at = now() + limit.toNanos();
        }

        /** Starts the limit anew from this moment. */
        public void prolong(long nanos) {
            at = now() + nanos;
        }

        /** Holds until the limit is started anew. */
        public void suspend() {
            at = now() + Long.MAX_VALUE / 2;
        }

        /** Takes the deadline back; false if it has expired, or was taken back before. */
        public boolean cancel() {
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
                LOG.error("The action of a deadline failed", e);
            }
        }
    }

    /** The time that deadlines use, in nanoseconds. */
    public long now() {
        return clock.nanoTime();
    }

    /**
     * Starts a deadline.
     *
     * @param onExpiry is run by the clock's thread, once, unless the deadline is cancelled before; to be short
     */
    public Deadline start(Duration limit, Runnable onExpiry) {
        Deadline deadline = new Deadline(limit, onExpiry);
        pending.add(deadline);
        tickIfIdle();
        return deadline;
    }

    private void tickIfIdle() {
        if (!ticking.get() && ticking.compareAndSet(false, true)) {
            scheduleTick();
        }
    }

    private void scheduleTick() {
        tick = clock.schedule(TICK, this::tick);
        if (closed) {
            cancelTick();
        }
    }

    private void tick() {
        long now = now();
        pending.forEach(deadline -> deadline.check(now));
        if (!pending.isEmpty()) {
            scheduleTick();
        } else {
            ticking.set(false);
            startedMeanwhile();
        }
    }

    /** A deadline that was started while this tick was still counted as the next one must not go unwatched. */
    private void startedMeanwhile() {
        if (!pending.isEmpty()) {
            tickIfIdle();
        }
    }

    private void cancelTick() {
        RouterClock.Task scheduled = tick;
        if (scheduled != null) {
            scheduled.cancel();
        }
    }

    /** Nothing expires any more. */
    @Override
    public void close() {
        closed = true;
        cancelTick();
    }
}
