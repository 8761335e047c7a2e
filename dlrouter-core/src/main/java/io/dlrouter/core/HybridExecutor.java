package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.core.Sender.Delivery;
import io.dlrouter.spi.NodeRequest;
import java.util.Optional;
import java.util.Set;

/** Sends a request to one node that does prefill and decode in one piece. */
final class HybridExecutor implements RequestExecutor {
    private final Places places;
    private final Sender sender;

    HybridExecutor(Places places, Sender sender) {
        this.places = places;
        this.sender = sender;
    }

    @Override
    public Set<Role> roles() {
        return Set.of(Role.HYBRID);
    }

    @Override
    public InferenceResponse execute(RequestContext request) {
        Placement nodes = new Placement(places, request, Role.HYBRID);
        NodeLease lease = nodes.next();
        while (true) {
            try {
                NodeResponse answer = sender.send(request, NodeRequest.UNCHANGED, lease, Delivery.REPEATABLE)
                        .begun();
                Optional<NodeLease> other = nodes.elsewhere(lease, answer.status());
                if (other.isEmpty()) {
                    return answer;
                }
                answer.close();
                lease = other.get();
            } catch (NodeUnreachableException e) {
                nodes.failed(lease, e);
                lease = nodes.next();
            }
        }
    }

    @Override
    public NodeLease lease(RequestContext request) {
        return new Placement(places, request, Role.HYBRID).next();
    }
}
