package io.dlrouter.spi;

import io.dlrouter.Decision;
import io.dlrouter.NodeSpec;
import java.util.Optional;

/**
 * An attempt: one try of a request, or of one leg of it, on one node.
 *
 * @param requestId as in {@link RoutingContext#requestId()}
 * @param model the model of the request
 * @param strategy the name of the strategy that selected the node
 * @param node the selected node
 * @param number 1 for the first attempt in the role of the node, 2 for the next
 * @param decision the explanation of the selection; empty unless requested
 */
public record Attempt(
        String requestId, String model, String strategy, NodeSpec node, int number, Optional<Decision> decision) {}
