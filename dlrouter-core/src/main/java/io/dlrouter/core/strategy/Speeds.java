package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The speed of each node of a membership relative to the fastest, which has 1. A node without a speed has the mean of
 * the others; without any speed all are equal. Immutable.
 */
final class Speeds {
    private final double[] relative;

    Speeds(List<? extends Node> nodes) {
        double fastest = 0;
        for (Node node : nodes) {
            fastest = Math.max(fastest, node.spec().speed().orElse(0));
        }
        double mean = mean(nodes, fastest);
        relative = new double[nodes.size()];
        for (int i = 0; i < relative.length; i++) {
            OptionalDouble speed = nodes.get(i).spec().speed();
            relative[i] = speed.isPresent() ? speed.getAsDouble() / fastest : mean;
        }
    }

    /** The mean of known speeds, relative to the fastest; 1 without any. */
    private static double mean(List<? extends Node> nodes, double fastest) {
        double sum = 0;
        int known = 0;
        for (Node node : nodes) {
            OptionalDouble speed = node.spec().speed();
            if (speed.isPresent()) {
                sum += speed.getAsDouble() / fastest;
                known++;
            }
        }
        return known == 0 ? 1 : sum / known;
    }

    /** The speed of the node at an index of the membership. */
    double of(int index) {
        return relative[index];
    }

    /** The cumulative sums of the speeds. */
    double[] sums() {
        double[] sums = relative.clone();
        for (int i = 1; i < sums.length; i++) {
            sums[i] += sums[i - 1];
        }
        return sums;
    }
}
