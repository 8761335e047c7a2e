package io.dlrouter;

import java.util.List;

/**
 * A node as it stood at one moment. Immutable.
 *
 * @param spec how it is registered
 * @param state where it stands
 * @param models what it serves, as far as is known
 * @param inFlight requests that hold a place on it
 * @param latencies how long its last answers took as a whole, in seconds, oldest first; at most 15
 */
public record NodeStatus(NodeSpec spec, NodeState state, List<ModelCard> models, int inFlight, List<Double> latencies) {

    public NodeStatus {
        models = List.copyOf(models);
        latencies = List.copyOf(latencies);
    }
}
