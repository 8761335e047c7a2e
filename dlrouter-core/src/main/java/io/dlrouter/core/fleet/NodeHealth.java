package io.dlrouter.core.fleet;

import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How a node stands with requests: how many it failed in a row, whether it is ejected for that, on trial after it, or
 * still new; and whether it said that it has more to do than it can. Ejected and readmitted only under the lock of the
 * {@link NodeTable}; all else by anyone.
 */
public final class NodeHealth {
    static final Duration FIRST_EJECTION = Duration.ofSeconds(5);
    static final Duration LONGEST_EJECTION = Duration.ofSeconds(60);
    static final Duration SLOW_START = Duration.ofSeconds(10);
    static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(30);
    private static final double FIRST_SHARE = 0.1;

    private final RouterClock clock;
    private final AtomicInteger failures = new AtomicInteger();
    private volatile @Nullable Ejection ejection;
    private volatile boolean halfOpen;
    private volatile boolean isNew;
    private volatile long newSince;
    private volatile boolean backingOff;
    private volatile long backOffUntil;
    private volatile int ejections;

    /** @param until the moment before which no passed probe ends it */
    private record Ejection(String reason, long until) {}

    NodeHealth(RouterClock clock) {
        this.clock = clock;
        startSlowly();
    }

    /** It begins to get requests: fewer than others for a while. */
    void startSlowly() {
        newSince = clock.nanoTime();
        isNew = true;
    }

    /** Counts a failed request, and says whether there were so many in a row that the node is to be ejected. */
    boolean failed(int limit) {
        return failures.incrementAndGet() >= limit || halfOpen;
    }

    int failures() {
        return failures.get();
    }

    /** It answered a request whole, and in order or with a word that the request is wrong. */
    void succeeded() {
        if (failures.get() != 0) {
            failures.set(0);
        }
        if (ejections != 0 && !halfOpen && !isNew()) {
            ejections = 0;
        }
    }

    /** It began to serve a request in order. Says whether that ended its trial. */
    boolean begun() {
        if (!halfOpen) {
            return false;
        }
        halfOpen = false;
        failures.set(0);
        startSlowly();
        return true;
    }

    /** Ejects it until a probe passes. */
    void eject(String reason) {
        eject(reason, Duration.ZERO);
    }

    /** Ejects it until a probe passes and some time has gone by: the more, the more often this happens. */
    void ejectForAWhile(String reason) {
        long nanos = Math.min(FIRST_EJECTION.toNanos() << Math.min(ejections, 10), LONGEST_EJECTION.toNanos());
        eject(reason, Duration.ofNanos(nanos));
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only under the table's lock
    private void eject(String reason, Duration atLeast) {
        ejections++;
        halfOpen = false;
        ejection = new Ejection(reason, clock.nanoTime() + atLeast.toNanos());
    }

    boolean isEjected() {
        return ejection != null;
    }

    /** Whether it was ejected and has not yet shown that it is as it was before. */
    boolean wasEjectedBefore() {
        return ejections > 0;
    }

    /**
     * A probe has passed: an ejection whose time is over ends, and one request at a time may show what the node does.
     *
     * @param isNeeded whether there is no other node, so that its time is over in any case
     */
    public void probed(boolean isNeeded) {
        Ejection current = ejection;
        if (current != null && (isNeeded || clock.nanoTime() - current.until >= 0)) {
            ejection = null;
            halfOpen = true;
        }
    }

    /** It is another engine now, of which nothing is known. */
    void renew() {
        if (ejection != null || halfOpen) {
            startSlowly();
        }
        ejection = null;
        halfOpen = false;
        ejections = 0;
        failures.set(0);
        backingOff = false;
    }

    /** It asked to be left alone for so long. */
    void backOff(Duration time) {
        Duration bounded = time.compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : time;
        backOffUntil = clock.nanoTime() + bounded.toNanos();
        backingOff = true;
    }

    boolean isBackingOff() {
        if (backingOff && clock.nanoTime() - backOffUntil >= 0) {
            backingOff = false;
        }
        return backingOff;
    }

    /** Whether it gets fewer requests than others because it has not been there for long. */
    boolean isNew() {
        if (isNew && clock.nanoTime() - newSince >= SLOW_START.toNanos()) {
            isNew = false;
        }
        return isNew;
    }

    boolean isHalfOpen() {
        return halfOpen;
    }

    /** Whether it should have no more than {@link #fairShare}. */
    boolean isRestricted() {
        return halfOpen || isNew();
    }

    /**
     * How many requests it should have at most for the moment.
     *
     * @param others how many those have that are not new, on average
     */
    int fairShare(double others) {
        if (halfOpen) {
            return 1;
        }
        double share = FIRST_SHARE + (1 - FIRST_SHARE) * (clock.nanoTime() - newSince) / SLOW_START.toNanos();
        return (int) Math.max(1, Math.ceil(share * (others + 1)));
    }

    /** Why it gets no requests, or few. */
    Optional<String> reason() {
        Ejection current = ejection;
        if (current == null) {
            return halfOpen ? Optional.of("on trial after an ejection: one request at a time") : Optional.empty();
        }
        long left = TimeUnit.NANOSECONDS.toSeconds(current.until - clock.nanoTime());
        return Optional.of(left > 0 ? current.reason + "; on trial in " + left + " s at the earliest" : current.reason);
    }
}
