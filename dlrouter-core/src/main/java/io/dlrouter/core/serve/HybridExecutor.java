package io.dlrouter.core.serve;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.fleet.NodeSelection;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.serve.Sender.Delivery;
import io.dlrouter.spi.NodeRequest;
import java.util.Optional;
import java.util.Set;

/** Sends a request to one node, which does prefill and decode. */
public final class HybridExecutor implements RequestExecutor {
    private final Fleet fleet;
    private final Sender sender;
    private final Role role;

    /** Sends requests to nodes of this role. */
    public HybridExecutor(Fleet fleet, Sender sender, Role role) {
        this.fleet = fleet;
        this.sender = sender;
        this.role = role;
    }

    @Override
    public Set<Role> roles() {
        return Set.of(role);
    }

    @Override
    public InferenceResponse execute(RequestContext request) {
        NodeSelection nodes = new NodeSelection(fleet, request, role);
        NodeLease lease = nodes.next();
        while (true) {
            try {
                NodeResponse response = sender.send(request, NodeRequest.UNCHANGED, lease, Delivery.REPEATABLE)
                        .begun();
                Optional<NodeLease> other = nodes.elsewhere(lease, response.status());
                if (other.isEmpty()) {
                    return response;
                }
                response.close();
                lease = other.get();
            } catch (NodeUnreachableException e) {
                nodes.failed(lease, e);
                lease = nodes.next();
            }
        }
    }

    @Override
    public NodeLease lease(RequestContext request) {
        return new NodeSelection(fleet, request, role).next();
    }
}
