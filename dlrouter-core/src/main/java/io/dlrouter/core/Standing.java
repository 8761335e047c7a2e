package io.dlrouter.core;

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
final class Standing {
    static final Duration FIRST_EJECTION = Duration.ofSeconds(5);
    static final Duration LONGEST_EJECTION = Duration.ofSeconds(60);
    static final Duration RAMP = Duration.ofSeconds(10);
    static final Duration LONGEST_PRESSURE = Duration.ofSeconds(30);
    private static final double FIRST_SHARE = 0.1;

    private final RouterClock clock;
    private final AtomicInteger failures = new AtomicInteger();
    private volatile @Nullable Ejection ejection;
    private volatile boolean onTrial;
    private volatile boolean isNew;
    private volatile long newSince;
    private volatile boolean pressed;
    private volatile long pressedUntil;
    private volatile int ejections;

    /** @param until the moment before which no passed probe ends it */
    private record Ejection(String reason, long until) {}

    Standing(RouterClock clock) {
        this.clock = clock;
        welcome();
    }

    /** It begins to get requests: fewer than others for a while. */
    void welcome() {
        newSince = clock.nanoTime();
        isNew = true;
    }

    /** Counts a failed request, and says whether there were so many in a row that the node is to be ejected. */
    boolean failed(int limit) {
        return failures.incrementAndGet() >= limit || onTrial;
    }

    int failures() {
        return failures.get();
    }

    /** It answered a request whole, and in order or with a word that the request is wrong. */
    void succeeded() {
        if (failures.get() != 0) {
            failures.set(0);
        }
        if (ejections != 0 && !onTrial && !isNew()) {
            ejections = 0;
        }
    }

    /** It began to answer a request in order. Says whether that ended its trial. */
    boolean begun() {
        if (!onTrial) {
            return false;
        }
        onTrial = false;
        failures.set(0);
        welcome();
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
        onTrial = false;
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
    void probed(boolean isNeeded) {
        Ejection current = ejection;
        if (current != null && (isNeeded || clock.nanoTime() - current.until >= 0)) {
            ejection = null;
            onTrial = true;
        }
    }

    /** It is another engine now, of which nothing is known. */
    void renew() {
        if (ejection != null || onTrial) {
            welcome();
        }
        ejection = null;
        onTrial = false;
        ejections = 0;
        failures.set(0);
        pressed = false;
    }

    /** It asked to be left alone for so long. */
    void press(Duration time) {
        Duration bounded = time.compareTo(LONGEST_PRESSURE) > 0 ? LONGEST_PRESSURE : time;
        pressedUntil = clock.nanoTime() + bounded.toNanos();
        pressed = true;
    }

    boolean isPressed() {
        if (pressed && clock.nanoTime() - pressedUntil >= 0) {
            pressed = false;
        }
        return pressed;
    }

    /** Whether it gets fewer requests than others because it has not been there for long. */
    boolean isNew() {
        if (isNew && clock.nanoTime() - newSince >= RAMP.toNanos()) {
            isNew = false;
        }
        return isNew;
    }

    boolean isOnTrial() {
        return onTrial;
    }

    /** Whether it should have no more than {@link #fairShare}. */
    boolean isRestricted() {
        return onTrial || isNew();
    }

    /**
     * How many requests it should have at most for the moment.
     *
     * @param others how many those have that are not new, on average
     */
    int fairShare(double others) {
        if (onTrial) {
            return 1;
        }
        double share = FIRST_SHARE + (1 - FIRST_SHARE) * (clock.nanoTime() - newSince) / RAMP.toNanos();
        return (int) Math.max(1, Math.ceil(share * (others + 1)));
    }

    /** Why it gets no requests, or few. */
    Optional<String> reason() {
        Ejection current = ejection;
        if (current == null) {
            return onTrial ? Optional.of("on trial after an ejection: one request at a time") : Optional.empty();
        }
        long left = TimeUnit.NANOSECONDS.toSeconds(current.until - clock.nanoTime());
        return Optional.of(left > 0 ? current.reason + "; on trial in " + left + " s at the earliest" : current.reason);
    }
}
