package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Lease;
import io.dlrouter.LinkReport;
import io.dlrouter.ModelCard;
import io.dlrouter.NodeRegistry;
import io.dlrouter.Router;
import io.dlrouter.RouterDescription;
import io.dlrouter.RouterException;
import io.dlrouter.spi.NodeDiscovery;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The router over one table of nodes. */
final class FleetRouter implements Router {
    private static final Duration FIRST_PROBES = Duration.ofSeconds(5);

    private final NodeTable table;
    private final Places places;
    private final FleetRegistry registry;
    private final RequestExecutor executor;
    private final HealthMonitor health;
    private final Exchanges exchanges;
    private final Links links;
    private final Optional<NodeDiscovery> discovery;
    private final EngineProbe probe;
    private final Listeners listeners;
    private final RouterDescription description;

    /** @param description what it runs, without its nodes */
    FleetRouter(
            NodeTable table,
            Places places,
            FleetRegistry registry,
            RequestExecutor executor,
            HealthMonitor health,
            Exchanges exchanges,
            Links links,
            Optional<NodeDiscovery> discovery,
            EngineProbe probe,
            Listeners listeners,
            RouterDescription description) {
        this.table = table;
        this.places = places;
        this.registry = registry;
        this.executor = executor;
        this.health = health;
        this.exchanges = exchanges;
        this.links = links;
        this.discovery = discovery;
        this.probe = probe;
        this.listeners = listeners;
        this.description = description;
    }

    @Override
    public InferenceResponse route(InferenceRequest request, Cancellation cancellation) {
        RequestWatch watch = new RequestWatch(listeners, request);
        try {
            return watch.over(executor.execute(read(request, watch, cancellation)));
        } catch (RouterException e) {
            watch.failed(e);
            throw e;
        } catch (RuntimeException e) {
            watch.broke();
            throw e;
        }
    }

    private RequestContext read(InferenceRequest request, RequestWatch watch, Cancellation cancellation) {
        if (!health.isPastFirstProbes()) {
            awaitFirstNode();
        }
        return RequestContext.read(request, table, watch, cancellation);
    }

    /** The first requests of a router that was just built wait for its nodes to say what they serve. */
    private void awaitFirstNode() {
        if (notReady().isPresent()) {
            try {
                health.awaitFirstProbes(FIRST_PROBES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public Lease lease(InferenceRequest request) {
        return executor.lease(read(request, new RequestWatch(listeners, request), new Cancellation()));
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
    public int waiting() {
        return places.waiting();
    }

    @Override
    public Optional<String> notReady() {
        return table.notReady(executor.roles());
    }

    @Override
    public RouterDescription describe() {
        return description.withNodes(table.states());
    }

    @Override
    public List<LinkReport> linkAll() {
        return links.linkAll(table.nodes());
    }

    @Override
    public void close() {
        discovery.ifPresent(NodeDiscovery::close);
        health.close();
        places.close();
        exchanges.close();
        links.close();
        executor.close();
        probe.close();
    }
}
