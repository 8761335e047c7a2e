package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Role;
import io.dlrouter.spi.TwoStage;
import java.util.Set;

/** Splits requests between two nodes, one after the other: decode takes over what prefill has left for it. */
final class TwoStageExecutor implements RequestExecutor {
    private static final Set<String> ROUTES = Set.of("/v1/chat/completions", "/v1/completions");

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
        String route = request.route();
        if (!ROUTES.contains(route)) {
            throw new InvalidRequestException(
                    route + " is not served by a Prefill/Decode fleet (expected: /v1/chat/completions or"
                            + " /v1/completions).",
                    null);
        }
        return new TwoStageRequest(table, sender, protocol, request).answer();
    }

    @Override
    public NodeLease lease(RequestContext request) {
        throw new IllegalStateException(
                "a request that is split between two nodes has no one place (expected: it to be routed)");
    }
}
