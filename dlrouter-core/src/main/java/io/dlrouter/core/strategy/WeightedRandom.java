package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Selects at random, weighted by speed. A node without a speed has the mean of the others. */
public final class WeightedRandom implements RoutingStrategy {
    private final RandomGenerator random;

    public WeightedRandom() {
        this(new SplittableRandom());
    }

    WeightedRandom(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        double[] sums = new Speeds(nodes).sums();
        double total = sums[sums.length - 1];
        return context -> nodes.get(indexOf(random.nextDouble(total), sums));
    }

    /** The first index with a greater sum, so that a node's share is its step in the sums. */
    private static int indexOf(double drawn, double[] sums) {
        int found = Arrays.binarySearch(sums, drawn);
        return found >= 0 ? found + 1 : -(found + 1);
    }

    /** Creates the strategy {@code random}. */
    public static final class Provider implements RoutingStrategy.Provider {
        /** For {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public String name() {
            return "random";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return new WeightedRandom(RandomSeed.generator(options));
        }
    }
}
