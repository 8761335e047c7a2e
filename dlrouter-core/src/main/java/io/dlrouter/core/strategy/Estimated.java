package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy.Selector;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** Selects by an estimate that does not depend on the request. */
final class Estimated implements Selector {
    private final List<? extends Node> nodes;
    private final Cheapest cheapest;
    private final IntToDoubleFunction estimate;

    /** @param estimate of the node at an index of the membership */
    Estimated(List<? extends Node> nodes, Cheapest cheapest, IntToDoubleFunction estimate) {
        this.nodes = nodes;
        this.cheapest = cheapest;
        this.estimate = estimate;
    }

    @Override
    public Node select(RoutingContext context) {
        return cheapest.by(estimate);
    }

    @Override
    public Map<String, Double> explain(RoutingContext context, Node node) {
        return Map.of("estimate", estimate.applyAsDouble(nodes.indexOf(node)));
    }
}
