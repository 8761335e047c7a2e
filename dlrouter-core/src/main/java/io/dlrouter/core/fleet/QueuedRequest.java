package io.dlrouter.core.fleet;

import io.dlrouter.core.request.RequestContext;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A request in the admission queue.
 *
 * @param tried nodes that must not be selected for it
 * @param selection completed by the thread that releases a lease
 */
record QueuedRequest(RequestContext request, Set<LiveNode> tried, CompletableFuture<SelectedNode> selection) {}
