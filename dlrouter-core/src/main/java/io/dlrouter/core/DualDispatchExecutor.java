package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.spi.DualDispatch;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;

/** Splits requests between two nodes that work at the same time and find each other by what both are given. */
final class DualDispatchExecutor implements RequestExecutor {
    private final NodeTable table;
    private final Sender sender;
    private final DualDispatch protocol;
    private final ExecutorService threads = Threads.perTask("dlrouter-prefill");

    DualDispatchExecutor(NodeTable table, Sender sender, DualDispatch protocol) {
        this.table = table;
        this.sender = sender;
        this.protocol = protocol;
    }

    @Override
    public Set<Role> roles() {
        return protocol.roles();
    }

    @Override
    public InferenceResponse execute(RequestContext request) {
        request.requireRoute(protocol.routes());
        int samples = protocol.samples(request);
        Set<LiveNode> failed = ConcurrentHashMap.newKeySet();
        return samples == 1
                ? sample(request, 0, failed)
                : new Samples(request, samples).gather((part, number) -> sample(part, number, failed), threads);
    }

    /** @param failed the nodes whose failure has been counted for this request */
    private PdAnswer sample(RequestContext request, int number, Set<LiveNode> failed) {
        return new DualDispatchRequest(table, sender, protocol, request, number, failed, threads).answer();
    }

    @Override
    public NodeLease lease(RequestContext request) {
        throw RequestExecutor.noOnePlace();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
