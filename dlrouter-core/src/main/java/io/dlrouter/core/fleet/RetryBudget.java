package io.dlrouter.core.fleet;

import io.dlrouter.spi.RouterClock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Limits retries to a share of the requests of the last {@value #SECONDS} seconds, so that failing nodes cause no retry
 * storm, with a minimum, so that a quiet router may retry. Safe for use by many threads.
 */
public final class RetryBudget {
    static final int SECONDS = 10;
    static final double SHARE = 0.2;
    /** Always allowed within {@value #SECONDS} seconds. */
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

    /** Counts a first attempt. */
    void sent() {
        lock.lock();
        try {
            sent[current()]++;
        } finally {
            lock.unlock();
        }
    }

    /** Counts a retry if the budget allows it. */
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

    /** Refunds a retry that was not made. */
    void refund() {
        lock.lock();
        try {
            repeated[current()]--;
        } finally {
            lock.unlock();
        }
    }

    /** The slot of this second; clears the slots since the last call. */
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
