package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Selects the node with the smallest {@code (in flight + 1) × recent mean latency}. Ties are broken at random. A node
 * without a latency, because it is new or its samples have decayed, counts as fast as the fastest, so that it is tried.
 * Only complete responses are samples, so a node that fails fast does not count as fast.
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
        return new Observed(nodes, cheapest);
    }

    /** The nodes of a membership, each read once for each request. */
    private static final class Observed implements Selector {
        private final List<? extends Node> nodes;
        private final Cheapest cheapest;
        private final double[] latencies;

        Observed(List<? extends Node> nodes, Cheapest cheapest) {
            this.nodes = nodes;
            this.cheapest = cheapest;
            this.latencies = new double[nodes.size()];
        }

        @Override
        public Node select(RoutingContext context) {
            double smallest = read();
            return cheapest.by(i -> estimate(i, smallest));
        }

        @Override
        public Map<String, Double> explain(RoutingContext context, Node node) {
            double smallest = read();
            int index = nodes.indexOf(node);
            return Map.of("latency_s", orElse(latencies[index], smallest), "estimate", estimate(index, smallest));
        }

        private double estimate(int index, double smallest) {
            return (nodes.get(index).inFlight() + 1) * orElse(latencies[index], smallest);
        }

        /** Returns the smallest known latency; any number if none is known, because all nodes are equal then. */
        private double read() {
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
    }

    /** Creates the strategy {@code min_observed_latency}. */
    public static final class Provider implements RoutingStrategy.Provider {
        /** For {@link java.util.ServiceLoader}. */
        public Provider() {}

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
