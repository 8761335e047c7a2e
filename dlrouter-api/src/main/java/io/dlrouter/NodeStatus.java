package io.dlrouter;

import java.util.List;
import java.util.Optional;

/**
 * A node at one moment. Immutable.
 *
 * @param spec its description
 * @param state its state
 * @param reason why it is not routable, where the state alone does not tell
 * @param models the models it serves, as far as known
 * @param inFlight requests that hold a lease on it
 * @param latencies durations of its last complete responses, in seconds, oldest first; at most 15
 * @param handoversMissed successful prefills without a KV cache for decode, which then computed the prompt itself: more
 *     than a few mean that the engine runs without its KV connector
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
