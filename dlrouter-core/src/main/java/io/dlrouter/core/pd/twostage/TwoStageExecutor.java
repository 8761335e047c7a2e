package io.dlrouter.core.pd.twostage;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.Links;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.pd.PdNodeSelection;
import io.dlrouter.core.pd.UnsplitRequests;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.serve.RequestExecutor;
import io.dlrouter.spi.TwoStage;
import java.util.Set;

/** Splits requests between two nodes, one after the other: decode fetches the KV cache of prefill. */
public final class TwoStageExecutor implements RequestExecutor {
    private final Fleet fleet;
    private final Links links;
    private final TwoStage protocol;
    private final TwoStageLegs legs;
    private final UnsplitRequests unsplit;

    /** Takes ownership of the legs. */
    public TwoStageExecutor(Fleet fleet, Links links, TwoStage protocol, TwoStageLegs legs, UnsplitRequests unsplit) {
        this.fleet = fleet;
        this.links = links;
        this.protocol = protocol;
        this.legs = legs;
        this.unsplit = unsplit;
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
        return new TwoStageCall(legs, protocol, request, new PdNodeSelection(fleet, links, request)).response();
    }

    @Override
    public NodeLease lease(RequestContext request) {
        throw RequestExecutor.noSingleLease();
    }

    @Override
    public void close() {
        legs.close();
    }
}
