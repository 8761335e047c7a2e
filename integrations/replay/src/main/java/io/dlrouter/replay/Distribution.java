package io.dlrouter.replay;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Numbers, of which it matters how many are below which. Immutable, and never empty. */
final class Distribution {
    private final double[] sorted;

    Distribution(DoubleStream numbers) {
        sorted = numbers.sorted().toArray();
    }

    double mean() {
        return Arrays.stream(sorted).sum() / sorted.length;
    }

    /** The smallest that a part of all are not above. */
    double quantile(double part) {
        return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
    }

    /** Which part of all are not above a limit. */
    double within(double limit) {
        return Arrays.stream(sorted).filter(number -> number <= limit).count() / (double) sorted.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Distribution that && Arrays.equals(sorted, that.sorted);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sorted);
    }

    @Override
    public String toString() {
        return "mean " + mean() + " of " + sorted.length;
    }
}
