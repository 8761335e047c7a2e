package io.dlrouter.core.pd.dual;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.pd.EditedResponse;
import io.dlrouter.core.pd.UnsplitRequests;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.core.serve.RequestExecutor;
import io.dlrouter.core.serve.Sender;
import io.dlrouter.spi.DualDispatch;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/** Splits requests between two nodes that work concurrently and find each other. */
public final class DualDispatchExecutor implements RequestExecutor {
    private final Fleet fleet;
    private final Sender sender;
    private final DualDispatch protocol;
    private final UnsplitRequests unsplit;
    private final ExecutorService threads;

    public DualDispatchExecutor(Fleet fleet, Sender sender, DualDispatch protocol, Threads threads) {
        this.threads = threads.perTask("dlrouter-prefill");
        this.fleet = fleet;
        this.sender = sender;
        this.protocol = protocol;
        this.unsplit = new UnsplitRequests(fleet, sender, protocol);
    }

    @Override
    public Set<Role> roles() {
        return protocol.roles();
    }

    @Override
    public InferenceResponse execute(RequestContext request) {
        if (unsplit.contain(request)) {
            return unsplit.execute(request);
        }
        int samples = protocol.samples(request);
        return samples == 1 ? sample(request, 0) : new Samples(request, samples).gather(this::sample, threads);
    }

    private EditedResponse sample(RequestContext request, int number) {
        return new DualDispatchCall(fleet, sender, protocol, request, number, threads).response();
    }

    @Override
    public NodeLease lease(RequestContext request) {
        throw RequestExecutor.noSingleLease();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
