package io.dlrouter.core.pd.dual;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.serve.NodeResponse;
import java.util.Optional;

/**
 * The failure of one leg of a pair.
 *
 * @param refusal the node's client error, to be passed to the client; closed by the owner of the failure
 */
record LegFailure(Role leg, RouterException reason, Optional<NodeResponse> refusal) {

    static LegFailure of(Role leg, RouterException reason) {
        return new LegFailure(leg, reason, Optional.empty());
    }

    /** The failure of a response with a status other than 2xx. Takes ownership of the response. */
    static LegFailure of(Role leg, NodeResponse response, LiveNode node) {
        BadNodeResponseException reason = node.respondedWith(response.status());
        if (response.status() < 500) {
            return new LegFailure(leg, reason, Optional.of(response));
        }
        response.close();
        return of(leg, reason);
    }

    void discard() {
        refusal.ifPresent(NodeResponse::close);
    }
}
