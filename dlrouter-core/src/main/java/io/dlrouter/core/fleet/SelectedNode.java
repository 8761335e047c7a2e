package io.dlrouter.core.fleet;

import io.dlrouter.Decision;
import io.dlrouter.spi.SelectionObserver;
import java.util.Optional;

/**
 * A selected node, which counts the request already.
 *
 * @param observer the strategy's observer of the attempt
 * @param decision the explanation; empty unless requested
 */
record SelectedNode(LiveNode node, SelectionObserver observer, Optional<Decision> decision) {}
