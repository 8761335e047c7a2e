package io.dlrouter;

import java.util.List;
import java.util.Map;

/**
 * Explains the selection of a node for a request. Contains nothing of the prompt except its size. Immutable.
 *
 * @param strategy the name of the strategy
 * @param role the role that a node was selected for
 * @param choice the selected node
 * @param candidates all nodes of the pool, in order of registration
 */
public record Decision(String strategy, Role role, NodeAddress choice, List<Candidate> candidates) {

    public Decision {
        candidates = List.copyOf(candidates);
    }

    /**
     * A node at the time of the selection.
     *
     * @param inFlight requests that held a lease on it
     * @param explanation the values that the strategy compared, by name; empty if it compared none
     */
    public record Candidate(NodeAddress node, int inFlight, Map<String, Double> explanation) {

        public Candidate {
            explanation = Map.copyOf(explanation);
        }
    }
}
