package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.spi.DualDispatch;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/** Splits requests between two nodes that work at the same time and find each other by what both are given. */
final class DualDispatchExecutor implements RequestExecutor {
    private final Places places;
    private final Sender sender;
    private final DualDispatch protocol;
    private final ExecutorService threads = Threads.perTask("dlrouter-prefill");

    DualDispatchExecutor(Places places, Sender sender, DualDispatch protocol) {
        this.places = places;
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
        return samples == 1 ? sample(request, 0) : new Samples(request, samples).gather(this::sample, threads);
    }

    private PdAnswer sample(RequestContext request, int number) {
        return new DualDispatchRequest(places, sender, protocol, request, number, threads).answer();
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
