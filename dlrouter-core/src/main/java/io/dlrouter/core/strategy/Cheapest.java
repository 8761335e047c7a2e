package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;

/** Selects the node of a membership with the lowest cost; ties have equal chances. */
final class Cheapest {
    private final List<? extends Node> nodes;
    private final RandomGenerator random;

    Cheapest(List<? extends Node> nodes, RandomGenerator random) {
        this.nodes = nodes;
        this.random = random;
    }

    /**
     * Selects by a cost that is computed once for each node.
     *
     * @param cost of the node at an index of the membership
     */
    Node by(IntToDoubleFunction cost) {
        int cheapest = 0;
        double least = Double.POSITIVE_INFINITY;
        int equals = 0;
        for (int i = 0; i < nodes.size(); i++) {
            double each = cost.applyAsDouble(i);
            if (each < least) {
                cheapest = i;
                least = each;
                equals = 1;
            } else if (each == least && random.nextInt(++equals) == 0) {
                cheapest = i;
            }
        }
        return nodes.get(cheapest);
    }
}
