package com.example.consumer;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Selects the node with the fewest requests in flight. */
public final class FewestInFlight implements RoutingStrategy {

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        return context -> Collections.min(nodes, Comparator.comparingInt(Node::inFlight));
    }

    /** Makes the strategy {@code fewest_in_flight}. */
    public static final class Provider implements RoutingStrategy.Provider {
        @Override
        public String name() {
            return "fewest_in_flight";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return new FewestInFlight();
        }
    }
}
