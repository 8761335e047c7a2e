package io.dlrouter;

import java.util.List;
import java.util.Optional;

/**
 * A node as it stood at one moment. Immutable.
 *
 * @param spec how it is registered
 * @param state where it stands
 * @param reason why it is not routable, where there is more to say than the state does
 * @param models what it serves, as far as is known
 * @param inFlight requests that hold a place on it
 * @param latencies how long its last answers took as a whole, in seconds, oldest first; at most 15
 * @param handoversMissed prefills that succeeded and left no KV cache for decode to take over, which then read the
 *     prompt itself: more than a few mean that the engine runs without its KV connector
 */
public record NodeStatus(
        NodeSpec spec,
        NodeState state,
        Optional<String> reason,
        List<ModelCard> models,
        int inFlight,
        List<Double> latencies,
        long handoversMissed) {

    /** Copies the lists. */
    public NodeStatus {
        models = List.copyOf(models);
        latencies = List.copyOf(latencies);
    }
}
