package io.dlrouter.core.fleet;

import io.dlrouter.spi.RouterClock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How much load repeated requests may add: a share of what was sent in the last {@value #SECONDS} seconds, so that
 * failing nodes never draw a storm, and a floor, so that a quiet router may still repeat. Safe for use by many threads.
 */
public final class RetryBudget {
    static final int SECONDS = 10;
    static final double SHARE = 0.2;
    /** As many as this in {@value #SECONDS} seconds are always allowed. */
    public static final int FLOOR = 100;

    private final RouterClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final long[] sent = new long[SECONDS];
    private final long[] repeated = new long[SECONDS];
    private long second;

    RetryBudget(RouterClock clock) {
        this.clock = clock;
        this.second = now();
    }

    private long now() {
        return TimeUnit.NANOSECONDS.toSeconds(clock.nanoTime());
    }

    /** Counts a request that is sent for the first time. */
    void sent() {
        lock.lock();
        try {
            sent[current()]++;
        } finally {
            lock.unlock();
        }
    }

    /** Counts a request as repeated if there is room for it; false if there is none. */
    public boolean repeat() {
        lock.lock();
        try {
            int current = current();
            boolean allowed = sum(repeated) + 1 <= Math.max(FLOOR, SHARE * sum(sent));
            if (allowed) {
                repeated[current]++;
            }
            return allowed;
        } finally {
            lock.unlock();
        }
    }

    /** Takes back that a request was to be repeated: it was not. */
    void refund() {
        lock.lock();
        try {
            repeated[current()]--;
        } finally {
            lock.unlock();
        }
    }

    /** The place of this second, those between it and the last one that was asked for made empty. */
    private int current() {
        long now = now();
        for (long passed = Math.max(second + 1, now - SECONDS + 1); passed <= now; passed++) {
            sent[place(passed)] = 0;
            repeated[place(passed)] = 0;
        }
        second = now;
        return place(now);
    }

    private static int place(long second) {
        return (int) Math.floorMod(second, (long) SECONDS);
    }

    private static long sum(long[] counts) {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }
}
