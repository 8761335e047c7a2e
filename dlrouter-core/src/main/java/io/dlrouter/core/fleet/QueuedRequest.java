package io.dlrouter.core.fleet;

import io.dlrouter.core.request.RequestContext;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One request in the admission queue.
 *
 * @param tried nodes that may not be selected for it
 * @param selection completed by the thread that releases a node
 */
record QueuedRequest(RequestContext request, Set<LiveNode> tried, CompletableFuture<SelectedNode> selection) {}
