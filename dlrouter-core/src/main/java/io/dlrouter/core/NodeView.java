package io.dlrouter.core;

import io.dlrouter.ModelCard;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import java.util.List;

/**
 * What of a node the pools of a {@link NodeTable} depend on. As long as it is equal, no snapshot has to be published.
 * Immutable.
 */
record NodeView(NodeSpec spec, NodeState state, List<ModelCard> models, int incarnation) {}
