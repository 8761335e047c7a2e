package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Selects the node with the smallest {@code (in flight + 1) / speed}. Ties are broken at random. A node without a speed
 * has the mean of the others.
 */
public final class MinExpectedLatency implements RoutingStrategy {
    private final RandomGenerator random;

    public MinExpectedLatency() {
        this(new SplittableRandom());
    }

    MinExpectedLatency(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        Speeds speeds = new Speeds(nodes);
        Cheapest cheapest = new Cheapest(nodes, random);
        return new Estimated(nodes, cheapest, i -> (nodes.get(i).inFlight() + 1) / speeds.of(i));
    }

    /** Creates the strategy {@code min_expected_latency}. */
    public static final class Provider implements RoutingStrategy.Provider {
        /** For {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public String name() {
            return "min_expected_latency";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return new MinExpectedLatency(RandomSeed.generator(options));
        }
    }
}
