package io.dlrouter.simulator;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The books of one engine about the rooms that its requests named. Safe for use by any thread. */
final class RoomLedger {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Long> used;
    private long met;
    private long leaked;
    private long waiting;
    private long ended;
    private long lost;

    /** Tells the latest so many rooms from new ones. */
    RoomLedger(int remembered) {
        used = Collections.newSetFromMap(new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
                return size() > remembered;
            }
        });
    }

    /** Uses these rooms up; gives one that had been used before, if there is one. */
    Optional<Long> claim(List<Long> rooms) {
        lock.lock();
        try {
            return rooms.stream().filter(room -> !used.add(room)).findFirst();
        } finally {
            lock.unlock();
        }
    }

    /** The same visit to a room, which is counted before whoever waits for what this returns hears of its end. */
    CompletableFuture<Void> counted(CompletableFuture<Void> visit) {
        change(() -> waiting++);
        return visit.whenComplete((nothing, failure) -> change(() -> end(failure)));
    }

    RoomCounts counts() {
        lock.lock();
        try {
            return current();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the books are so; false when they were not in time. */
    boolean await(Predicate<RoomCounts> state, Duration timeout) {
        lock.lock();
        try {
            long remaining = timeout.toNanos();
            while (!state.test(current()) && remaining > 0) {
                remaining = changed.awaitNanos(remaining);
            }
            return state.test(current());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void end(@Nullable Throwable failure) {
        waiting--;
        if (failure == null) {
            met++;
        } else if (failure instanceof ClientLeftException) {
            ended++;
        } else if (failure instanceof IOException) {
            lost++;
        } else {
            leaked++;
        }
    }

    private RoomCounts current() {
        return new RoomCounts(met, leaked, waiting, ended, lost);
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
