package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Lease;
import io.dlrouter.LinkReport;
import io.dlrouter.ModelCard;
import io.dlrouter.NodeRegistry;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
import io.dlrouter.RouterClosedException;
import io.dlrouter.RouterDescription;
import io.dlrouter.RouterException;
import io.dlrouter.core.plugin.ForeignCode;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The router over one table of nodes. */
final class FleetRouter implements Router {
    private static final Logger LOG = LoggerFactory.getLogger(FleetRouter.class);
    static final Duration FIRST_PROBES = Duration.ofSeconds(5);

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
    private final RouterClock clock;
    private final Optional<SystemClock> ownClock;
    private final RouterDescription description;
    private volatile boolean closed;

    /**
     * Takes all of them over.
     *
     * @param ownClock its clock, unless that is its user's
     * @param description what it runs, without its nodes
     */
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
            RouterClock clock,
            Optional<SystemClock> ownClock,
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
        this.clock = clock;
        this.ownClock = ownClock;
        this.description = description;
    }

    @Override
    public InferenceResponse route(InferenceRequest request, Cancellation cancellation) {
        RequestWatch watch = new RequestWatch(listeners, request, clock);
        try {
            return watch.over(executor.execute(read(request, watch, cancellation)));
        } catch (RouterException e) {
            watch.failed(e);
            throw e;
        } catch (Throwable e) {
            watch.broke();
            throw e;
        }
    }

    private RequestContext read(InferenceRequest request, RequestWatch watch, Cancellation cancellation) {
        if (!health.firstProbes().isDone() && !table.isReady(executor.roles())) {
            awaitFirstProbes(cancellation);
        }
        requireOpen();
        return RequestContext.read(request, table, watch, cancellation);
    }

    /** The first requests of a router that was just built wait a little for its nodes to say what they serve. */
    private void awaitFirstProbes(Cancellation cancellation) {
        CompletableFuture<Void> wake = health.firstProbes().copy();
        Cancellation.Registration registration = cancellation.onCancel(() -> wake.complete(null));
        RouterClock.Task limit = clock.schedule(FIRST_PROBES, () -> wake.complete(null));
        try {
            wake.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestCancelledException("The thread that waited for the answer was interrupted.");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            limit.cancel();
            registration.close();
        }
        if (cancellation.isCancelled()) {
            throw new RequestCancelledException("The caller cancelled the request.");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new RouterClosedException("The router was closed.");
        }
    }

    @Override
    public Lease lease(InferenceRequest request) {
        return executor.lease(read(request, new RequestWatch(listeners, request, clock), new Cancellation()));
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
        return closed ? Optional.of("The router was closed.") : table.notReady(executor.roles());
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
        closed = true;
        discovery.ifPresent(FleetRouter::end);
        health.close();
        places.close();
        exchanges.close();
        links.close();
        executor.close();
        probe.close();
        ownClock.ifPresent(SystemClock::close);
    }

    /** What others wrote must not keep the rest from being closed. */
    private static void end(NodeDiscovery discovery) {
        try {
            discovery.close();
        } catch (Throwable e) {
            LOG.warn("{} could not be closed", discovery, ForeignCode.endured(e));
        }
    }
}
