package io.dlrouter;

import java.util.List;
import java.util.Map;

/**
 * Why a strategy chose a node for a request. Holds nothing of the prompt but its size. Immutable.
 *
 * @param strategy by its name
 * @param role that a node was chosen for
 * @param choice the node that got the request
 * @param candidates all nodes that could have, in the order of their registration
 */
public record Decision(String strategy, Role role, NodeAddress choice, List<Candidate> candidates) {

    public Decision {
        candidates = List.copyOf(candidates);
    }

    /**
     * A node as it stood when the choice was made.
     *
     * @param inFlight the requests that held a place on it
     * @param explanation what the strategy went by, under its own names; nothing if it went by nothing of the node
     */
    public record Candidate(NodeAddress node, int inFlight, Map<String, Double> explanation) {

        public Candidate {
            explanation = Map.copyOf(explanation);
        }
    }
}
