package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Picks the node with the smallest {@code (in flight + 1) × recent mean latency}. Ties are broken at random. A node
 * without a latency, because it is new or its samples have faded, is taken to be as fast as the fastest, so that it is
 * tried. Only complete answers are samples, so a node that fails fast is not thereby fast.
 */
public final class MinObservedLatency implements RoutingStrategy {
    private final RandomGenerator random;

    public MinObservedLatency() {
        this(new SplittableRandom());
    }

    MinObservedLatency(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        Cheapest cheapest = new Cheapest(nodes, random);
        double[] latencies = new double[nodes.size()];
        return context -> {
            double smallest = read(nodes, latencies);
            return cheapest.by(i -> (nodes.get(i).inFlight() + 1) * orElse(latencies[i], smallest));
        };
    }

    /** Asks each node once, and gives the smallest that is known; any number if none is, for all are the same then. */
    private static double read(List<? extends Node> nodes, double[] latencies) {
        double smallest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < latencies.length; i++) {
            latencies[i] = nodes.get(i).latency().orElse(Double.NaN);
            smallest = Math.min(smallest, orElse(latencies[i], smallest));
        }
        return Double.isFinite(smallest) ? smallest : 1;
    }

    private static double orElse(double latency, double unknown) {
        return Double.isNaN(latency) ? unknown : latency;
    }

    /** Makes the strategy {@code min_observed_latency}. */
    public static final class Provider implements RoutingStrategy.Provider {
        @Override
        public String name() {
            return "min_observed_latency";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return new MinObservedLatency(RandomSeed.generator(options));
        }
    }
}
