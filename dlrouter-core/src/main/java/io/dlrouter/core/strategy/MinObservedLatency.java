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
        return context -> {
            double unknown = smallestLatency(nodes);
            return cheapest.by(i -> cost(nodes.get(i), unknown));
        };
    }

    private static double cost(Node node, double unknown) {
        return (node.inFlight() + 1) * node.latency().orElse(unknown);
    }

    /** The smallest that is known, or any number if none is: then all nodes have the same. */
    private static double smallestLatency(List<? extends Node> nodes) {
        double smallest = Double.POSITIVE_INFINITY;
        for (Node node : nodes) {
            smallest = Math.min(smallest, node.latency().orElse(smallest));
        }
        return Double.isFinite(smallest) ? smallest : 1;
    }

    /** Makes the strategy {@code min_observed_latency}. */
    public static final class Provider implements RoutingStrategy.Provider {
        @Override
        public String name() {
            return "min_observed_latency";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return new MinObservedLatency();
        }
    }
}
