package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.spi.TwoStage;
import java.util.Set;

/** Splits requests between two nodes, one after the other: decode takes over what prefill has left for it. */
final class TwoStageExecutor implements RequestExecutor {
    private final NodeTable table;
    private final Sender sender;
    private final TwoStage protocol;

    TwoStageExecutor(NodeTable table, Sender sender, TwoStage protocol) {
        this.table = table;
        this.sender = sender;
        this.protocol = protocol;
    }

    @Override
    public Set<Role> roles() {
        return Set.of(Role.PREFILL, Role.DECODE);
    }

    @Override
    public InferenceResponse execute(RequestContext request) {
        request.requireRoute(protocol.routes());
        return new TwoStageRequest(table, sender, protocol, request).answer();
    }

    @Override
    public NodeLease lease(RequestContext request) {
        throw RequestExecutor.noOnePlace();
    }
}
