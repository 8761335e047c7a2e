package io.dlrouter.spi;

import io.dlrouter.Decision;
import io.dlrouter.NodeSpec;
import java.util.Optional;

/**
 * One try of a request, or of one leg of it, on one node.
 *
 * @param requestId as in {@link RoutingContext#requestId()}
 * @param model that the request is for
 * @param strategy that chose the node, by its name
 * @param node that was chosen
 * @param number 1 for the first try in the node's role, one more for each after it
 * @param decision why the node was chosen; empty unless the request asked
 */
public record Attempt(
        String requestId, String model, String strategy, NodeSpec node, int number, Optional<Decision> decision) {}
