package io.dlrouter.core.fleet;

import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The health of a node by its requests: consecutive failures, ejection, the half-open state after it, slow start, and
 * back-off. Ejection and return happen only under the lock of the {@link NodeTable}, everything else without it.
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

    /** @param until no passed probe ends the ejection before this time */
    private record Ejection(String reason, long until) {}

    NodeHealth(RouterClock clock) {
        this.clock = clock;
        startSlowly();
    }

    /** Starts slow start. */
    void startSlowly() {
        newSince = clock.nanoTime();
        isNew = true;
    }

    /** Counts a failed request; true if the node is to be ejected. */
    boolean failed(int limit) {
        return failures.incrementAndGet() >= limit || halfOpen;
    }

    int failures() {
        return failures.get();
    }

    /** Records a complete response, valid or with a client error. */
    void succeeded() {
        if (failures.get() != 0) {
            failures.set(0);
        }
        if (ejections != 0 && !halfOpen && !isNew()) {
            ejections = 0;
        }
    }

    /** Records the beginning of a valid response; true if that ends the half-open state. */
    boolean begun() {
        if (!halfOpen) {
            return false;
        }
        halfOpen = false;
        failures.set(0);
        startSlowly();
        return true;
    }

    /** Ejects the node until a probe passes. */
    void eject(String reason) {
        eject(reason, Duration.ZERO);
    }

    /** Ejects the node until a probe passes, and for some time, which grows with each ejection. */
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

    /** Whether it was ejected and has not recovered yet. */
    boolean wasEjectedBefore() {
        return ejections > 0;
    }

    /**
     * Records a passed probe: an ejection whose time is over ends, and the node becomes half-open.
     *
     * @param isNeeded whether there is no other node, so that the time of the ejection is ignored
     */
    public void probed(boolean isNeeded) {
        Ejection current = ejection;
        if (current != null && (isNeeded || clock.nanoTime() - current.until >= 0)) {
            ejection = null;
            halfOpen = true;
        }
    }

    /** Resets the health for another engine process. */
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

    /** Starts a back-off. */
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

    /** Whether the node is in slow start. */
    boolean isNew() {
        if (isNew && clock.nanoTime() - newSince >= SLOW_START.toNanos()) {
            isNew = false;
        }
        return isNew;
    }

    boolean isHalfOpen() {
        return halfOpen;
    }

    /** Whether the node is limited to {@link #fairShare}. */
    boolean isRestricted() {
        return halfOpen || isNew();
    }

    /**
     * The most requests that the node should have at the moment.
     *
     * @param others the mean of nodes that are not in slow start
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
