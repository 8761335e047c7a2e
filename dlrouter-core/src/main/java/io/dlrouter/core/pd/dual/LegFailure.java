package io.dlrouter.core.pd.dual;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.serve.NodeResponse;
import java.util.Optional;

/**
 * Why one leg of a pair failed.
 *
 * @param refusal the node's word that the request is wrong, which is the client's to hear; the one that takes the failure
 *     closes it
 */
record LegFailure(Role leg, RouterException reason, Optional<NodeResponse> refusal) {

    static LegFailure of(Role leg, RouterException reason) {
        return new LegFailure(leg, reason, Optional.empty());
    }

    /** The failure that a response is whose status is not 2xx. Takes the response over. */
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
