package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How fast each node of a membership is beside the fastest, which has 1. A node whose speed is unknown counts as the
 * mean of those that have one; if none has, all are equal. Immutable.
 */
final class Speeds {
    private final double[] relative;

    Speeds(List<? extends Node> nodes) {
        double[] known = nodes.stream()
                .map(node -> node.spec().speed())
                .flatMapToDouble(OptionalDouble::stream)
                .toArray();
        double fastest = Arrays.stream(known).max().orElse(1);
        double mean = fastest
                * Arrays.stream(known).map(speed -> speed / fastest).average().orElse(1);
        relative = nodes.stream()
                .mapToDouble(node -> node.spec().speed().orElse(mean) / fastest)
                .toArray();
    }

    /** The speed of the node at this place in the membership. */
    double of(int index) {
        return relative[index];
    }

    /** At each place the sum of the speeds up to and with that place. */
    double[] sums() {
        double[] sums = relative.clone();
        for (int i = 1; i < sums.length; i++) {
            sums[i] += sums[i - 1];
        }
        return sums;
    }
}
