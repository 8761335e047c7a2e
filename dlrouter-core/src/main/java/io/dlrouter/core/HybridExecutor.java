package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.core.Sender.Delivery;
import io.dlrouter.spi.NodeRequest;
import java.util.Set;

/** Sends a request to one node that does prefill and decode in one piece. */
final class HybridExecutor implements RequestExecutor {
    private final NodeTable table;
    private final Sender sender;

    HybridExecutor(NodeTable table, Sender sender) {
        this.table = table;
        this.sender = sender;
    }

    @Override
    public Set<Role> roles() {
        return Set.of(Role.HYBRID);
    }

    @Override
    public InferenceResponse execute(RequestContext request) {
        Placement nodes = new Placement(table, request, Role.HYBRID);
        while (true) {
            NodeLease lease = nodes.next();
            try {
                return sender.send(request, NodeRequest.UNCHANGED, lease, Delivery.REPEATABLE);
            } catch (NodeUnreachableException e) {
                nodes.failed(lease, e);
            }
        }
    }

    @Override
    public NodeLease lease(RequestContext request) {
        return new Placement(table, request, Role.HYBRID).next();
    }
}
