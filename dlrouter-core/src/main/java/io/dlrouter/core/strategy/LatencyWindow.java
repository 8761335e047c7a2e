package io.dlrouter.core.strategy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The durations of the last responses of a node, and their mean. The weight of a sample halves every {@value
 * #HALF_LIFE_SECONDS} seconds; when all have decayed, the mean is unknown again, so a node that was slow is tried
 * again. Safe for use by many threads.
 */
public final class LatencyWindow {
    static final int SAMPLES = 15;
    static final int HALF_LIFE_SECONDS = 10;
    private static final double FADED = 0.5;

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Double> samples = new ArrayDeque<>(SAMPLES);
    private volatile @Nullable Mean mean;

    /** A window without samples. */
    public LatencyWindow() {}

    /** A weighted mean at a moment, in nanoseconds of the caller's clock. */
    private record Mean(double seconds, double weight, long at, long fadesAt) {

        static Mean of(double seconds, double weight, long now) {
            return new Mean(seconds, weight, now, now + nanos(halvings(weight)));
        }

        private static double halvings(double weight) {
            return Math.log(weight / FADED) / Math.log(2);
        }

        private static long nanos(double halvings) {
            return (long) (halvings * TimeUnit.SECONDS.toNanos(HALF_LIFE_SECONDS));
        }

        Mean with(double sample, long now) {
            double old = weight * Math.pow(0.5, (now - at) / (double) nanos(1));
            return of((seconds * old + sample) / (old + 1), Math.min(old + 1, SAMPLES), now);
        }
    }

    /**
     * Adds a sample.
     *
     * @param now in nanoseconds of a clock of which only differences have a meaning
     */
    public void add(double seconds, long now) {
        lock.lock();
        try {
            if (samples.size() == SAMPLES) {
                samples.removeFirst();
            }
            samples.addLast(seconds);
            mean = mean == null ? Mean.of(seconds, 1, now) : mean.with(seconds, now);
        } finally {
            lock.unlock();
        }
    }

    /** The mean in seconds; empty without samples that count. */
    public OptionalDouble mean(long now) {
        Mean current = mean;
        return current == null || now - current.fadesAt > 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(current.seconds);
    }

    /** The last samples in seconds, oldest first. */
    public List<Double> samples() {
        lock.lock();
        try {
            return List.copyOf(samples);
        } finally {
            lock.unlock();
        }
    }
}
