package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.spi.TwoStage;
import java.util.Set;

/** Splits requests between two nodes, one after the other: decode takes over what prefill has left for it. */
final class TwoStageExecutor implements RequestExecutor {
    private final Places places;
    private final Links links;
    private final TwoStage protocol;
    private final TwoStageLegs legs;

    /** Takes the legs over. */
    TwoStageExecutor(Places places, Links links, TwoStage protocol, TwoStageLegs legs) {
        this.places = places;
        this.links = links;
        this.protocol = protocol;
        this.legs = legs;
    }

    @Override
    public Set<Role> roles() {
        return protocol.roles();
    }

    @Override
    public InferenceResponse execute(RequestContext request) {
        request.requireRoute(protocol.routes());
        return new TwoStageRequest(legs, protocol, request, new LinkedPlaces(places, links, request)).answer();
    }

    @Override
    public NodeLease lease(RequestContext request) {
        throw RequestExecutor.noOnePlace();
    }

    @Override
    public void close() {
        legs.close();
    }
}
