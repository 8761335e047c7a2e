package io.dlrouter.core;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RouterListener;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Lets a test wait for a state of a router, which can only change with an event. Safe for use by any thread. */
public final class RouterEvents implements RouterListener {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long count;

    /** Nothing has happened yet. */
    public RouterEvents() {}

    @Override
    public void nodeChanged(NodeStatus node, Optional<NodeState> before) {
        signal();
    }

    @Override
    public void attemptEnded(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {
        signal();
    }

    @Override
    public void cacheSettled(NodeSpec prefill, CacheOutcome outcome) {
        signal();
    }

    /** A clock of which each task that is scheduled is an event too. */
    RouterClock on(RouterClock clock) {
        return new RouterClock() {
            @Override
            public long nanoTime() {
                return clock.nanoTime();
            }

            @Override
            public Instant now() {
                return clock.now();
            }

            @Override
            public Task schedule(Duration delay, Runnable task) {
                Task scheduled = clock.schedule(delay, task);
                signal();
                return scheduled;
            }
        };
    }

    private void signal() {
        lock.lock();
        try {
            count++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the condition holds. */
    public void await(BooleanSupplier condition) {
        long seen = count();
        while (!condition.getAsBoolean()) {
            seen = awaitMoreThan(seen);
        }
    }

    private long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    private long awaitMoreThan(long seen) {
        lock.lock();
        try {
            long left = InMemoryFleet.GENEROUS.toNanos();
            while (count == seen) {
                if (left <= 0) {
                    throw new AssertionError("no event of the router for " + InMemoryFleet.GENEROUS);
                }
                left = changed.awaitNanos(left);
            }
            return count;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while it waited for an event of the router", e);
        } finally {
            lock.unlock();
        }
    }
}
