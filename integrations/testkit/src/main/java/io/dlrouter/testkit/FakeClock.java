package io.dlrouter.testkit;

import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A clock that a test controls. Time changes only by {@link #advance}, which runs due tasks on the caller's thread, in
 * order of time. Nanoseconds start below zero, as those of the JVM may. Safe for use by many threads; if several advance
 * it, they do so one after the other.
 */
public final class FakeClock implements RouterClock {
    /** The longest wait, in real time, for a task that another thread has to schedule. */
    private static final Duration GENEROUS = Duration.ofSeconds(30);

    private static final long START = TimeUnit.SECONDS.toNanos(-5);
    private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

    private final ReentrantLock advancing = new ReentrantLock();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final PriorityQueue<Scheduled> tasks = new PriorityQueue<>(
            Comparator.comparingLong((Scheduled task) -> task.due).thenComparingLong(task -> task.number));
    private volatile long nanoTime = START;
    private long count;

    /** A clock at a fixed time, without tasks. */
    public FakeClock() {}

    @Override
    public long nanoTime() {
        return nanoTime;
    }

    @Override
    public Instant now() {
        return EPOCH.plusNanos(nanoTime - START);
    }

    @Override
    public Task schedule(Duration delay, Runnable task) {
        return locked(() -> {
            Scheduled scheduled = new Scheduled(nanoTime + Math.max(0, delay.toNanos()), count++, task);
            tasks.add(scheduled);
            changed.signalAll();
            return scheduled;
        });
    }

    /**
     * Advances the time, and runs each due task at its time, including tasks that such a task schedules. An exception
     * of a task is thrown; time then stops where the task was due.
     */
    public void advance(Duration step) {
        advancing.lock();
        try {
            long target = nanoTime + step.toNanos();
            for (Scheduled next = nextUntil(target); next != null; next = nextUntil(target)) {
                next.task.run();
            }
            nanoTime = target;
        } finally {
            advancing.unlock();
        }
    }

    private @Nullable Scheduled nextUntil(long target) {
        return locked(() -> {
            Scheduled next = tasks.peek();
            if (next == null || next.due > target) {
                return null;
            }
            nanoTime = next.due;
            return tasks.poll();
        });
    }

    /** Waits, in real time, until another thread has scheduled a task that is due after this delay from now. */
    public void awaitTaskIn(Duration delay) {
        awaitTaskIn(delay, delay);
    }

    /**
     * Waits, in real time, until another thread has scheduled a task that is due between these delays from now.
     *
     * @return when the first of them is due
     */
    public Duration awaitTaskIn(Duration earliest, Duration latest) {
        lock.lock();
        try {
            long left = GENEROUS.toNanos();
            Optional<Duration> found = firstTaskIn(earliest, latest);
            while (found.isEmpty()) {
                if (left <= 0) {
                    throw new AssertionError(
                            "tasks: " + tasks + " (expected: one in " + earliest + " to " + latest + ")");
                }
                left = changed.awaitNanos(left);
                found = firstTaskIn(earliest, latest);
            }
            return found.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while it waited for a task", e);
        } finally {
            lock.unlock();
        }
    }

    /** The number of tasks that are due exactly after this delay. */
    public int tasksIn(Duration delay) {
        return locked(() -> (int) tasks.stream()
                .filter(task -> task.due == nanoTime + delay.toNanos())
                .count());
    }

    private Optional<Duration> firstTaskIn(Duration earliest, Duration latest) {
        return tasks.stream()
                .map(task -> Duration.ofNanos(task.due - nanoTime))
                .filter(delay -> delay.compareTo(earliest) >= 0 && delay.compareTo(latest) <= 0)
                .min(Comparator.naturalOrder());
    }

    /** The time until the next task; empty without tasks. */
    public Optional<Duration> untilNextTask() {
        return locked(() -> Optional.ofNullable(tasks.peek()).map(task -> Duration.ofNanos(task.due - nanoTime)));
    }

    private <T extends @Nullable Object> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    /** A task and when it is due. */
    private final class Scheduled implements Task {
        private final long due;
        private final long number;
        private final Runnable task;

        Scheduled(long due, long number, Runnable task) {
            this.due = due;
            this.number = number;
            this.task = task;
        }

        @Override
        public boolean cancel() {
            return locked(() -> tasks.remove(this));
        }

        @Override
        public String toString() {
            return "in " + Duration.ofNanos(due - nanoTime());
        }
    }
}
