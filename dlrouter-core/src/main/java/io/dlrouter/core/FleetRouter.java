package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Lease;
import io.dlrouter.ModelCard;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeRegistry;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The router over one table of nodes. */
final class FleetRouter implements Router {
    private static final Logger LOG = LoggerFactory.getLogger(FleetRouter.class);
    private static final int MAX_ATTEMPTS = 3;
    private static final Duration FIRST_PROBES = Duration.ofSeconds(5);

    private final NodeTable table;
    private final FleetRegistry registry;
    private final HybridExecutor executor;
    private final HealthMonitor health;
    private final Exchanges exchanges;

    FleetRouter(
            NodeTable table,
            FleetRegistry registry,
            HybridExecutor executor,
            HealthMonitor health,
            Exchanges exchanges) {
        this.table = table;
        this.registry = registry;
        this.executor = executor;
        this.health = health;
        this.exchanges = exchanges;
    }

    @Override
    public InferenceResponse route(InferenceRequest request, Cancellation cancellation) {
        RequestContext context = read(request);
        Set<LiveNode> tried = new HashSet<>();
        NodeUnreachableException failure = null;
        while (true) {
            NodeLease lease = next(context, tried, failure);
            try {
                return executor.send(context, lease, cancellation);
            } catch (NodeUnreachableException e) {
                lease.failed();
                tried.add(lease.liveNode());
                failure = e;
                LOG.debug("A request for {} is placed again: {}", context.model(), e.getMessage());
            }
        }
    }

    private RequestContext read(InferenceRequest request) {
        if (!health.isPastFirstProbes()) {
            awaitFirstNode();
        }
        return RequestContext.read(request, table);
    }

    /** The first requests of a router that was just built wait for its nodes to say what they serve. */
    private void awaitFirstNode() {
        if (table.notReady().isPresent()) {
            try {
                health.awaitFirstProbes(FIRST_PROBES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The next place to try; once a node has failed, its failure is what the caller hears when there is none left. */
    private NodeLease next(RequestContext context, Set<LiveNode> tried, @Nullable NodeUnreachableException failure) {
        if (failure != null && tried.size() >= MAX_ATTEMPTS) {
            throw failure;
        }
        try {
            return table.lease(context, tried);
        } catch (NoNodeAvailableException e) {
            throw failure == null ? e : failure;
        }
    }

    @Override
    public Lease lease(InferenceRequest request) {
        return table.lease(read(request), Set.of());
    }

    @Override
    public NodeRegistry nodes() {
        return registry;
    }

    @Override
    public List<ModelCard> models() {
        return table.models();
    }

    @Override
    public Optional<String> notReady() {
        return table.notReady();
    }

    @Override
    public void close() {
        health.close();
        exchanges.close();
    }
}
