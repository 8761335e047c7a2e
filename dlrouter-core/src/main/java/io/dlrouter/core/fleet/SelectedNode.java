package io.dlrouter.core.fleet;

import io.dlrouter.Decision;
import io.dlrouter.spi.SelectionObserver;
import java.util.Optional;

/**
 * A node that was selected for a request, which it counts already as in flight.
 *
 * @param observer what the strategy observes the attempt with
 * @param decision why the node was selected; empty unless the request asked
 */
record SelectedNode(LiveNode node, SelectionObserver observer, Optional<Decision> decision) {}
