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
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.Links;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.http.ConnectionPool;
import io.dlrouter.core.membership.EngineProber;
import io.dlrouter.core.membership.FleetRegistry;
import io.dlrouter.core.membership.HealthMonitor;
import io.dlrouter.core.observe.ListenerDispatcher;
import io.dlrouter.core.observe.RecordedResponse;
import io.dlrouter.core.observe.RequestRecorder;
import io.dlrouter.core.plugin.ForeignCode;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.runtime.SystemClock;
import io.dlrouter.core.serve.RequestExecutor;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.RouterClock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The router over one node table. */
final class DefaultRouter implements Router {
    private static final Logger LOG = LoggerFactory.getLogger(DefaultRouter.class);

    private final NodeTable table;
    private final Fleet fleet;
    private final FleetRegistry registry;
    private final RequestExecutor executor;
    private final RequestContext.Sources sources;
    private final HealthMonitor health;
    private final ConnectionPool connections;
    private final Links links;
    private final Optional<NodeDiscovery> discovery;
    private final EngineProber probe;
    private final ListenerDispatcher listeners;
    private final RouterClock clock;
    private final Optional<SystemClock> ownClock;
    private final RouterDescription description;
    private volatile boolean closed;

    /**
     * Takes ownership of all parameters.
     *
     * @param ownClock the router's clock, unless the user provided one
     * @param description the configuration, without nodes
     */
    DefaultRouter(
            NodeTable table,
            Fleet fleet,
            FleetRegistry registry,
            RequestExecutor executor,
            RequestContext.Sources sources,
            HealthMonitor health,
            ConnectionPool connections,
            Links links,
            Optional<NodeDiscovery> discovery,
            EngineProber probe,
            ListenerDispatcher listeners,
            RouterClock clock,
            Optional<SystemClock> ownClock,
            RouterDescription description) {
        this.table = table;
        this.fleet = fleet;
        this.registry = registry;
        this.executor = executor;
        this.sources = sources;
        this.health = health;
        this.connections = connections;
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
        RequestRecorder recorder = new RequestRecorder(listeners, request, clock);
        try {
            return RecordedResponse.of(executor.execute(read(request, recorder, cancellation)), recorder);
        } catch (RouterException e) {
            recorder.failed(e);
            throw e;
        } catch (Throwable e) {
            recorder.failedInternally();
            throw e;
        }
    }

    private RequestContext read(InferenceRequest request, RequestRecorder recorder, Cancellation cancellation) {
        if (!health.firstProbes().isDone() && !table.isReady(executor.roles())) {
            awaitFirstProbes(cancellation);
        }
        requireOpen();
        return RequestContext.read(request, sources, recorder, cancellation);
    }

    /** The first requests of a new router wait shortly for its nodes to report their models. */
    private void awaitFirstProbes(Cancellation cancellation) {
        CompletableFuture<Void> wake = health.firstProbes().copy();
        Cancellation.Registration registration = cancellation.onCancel(() -> wake.complete(null));
        RouterClock.Task limit = clock.schedule(HealthMonitor.FIRST_PROBES, () -> wake.complete(null));
        try {
            wake.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestCancelledException("The thread that waited for the response was interrupted.");
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
        return executor.lease(read(request, new RequestRecorder(listeners, request, clock), new Cancellation()));
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
        return fleet.waiting();
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
        discovery.ifPresent(DefaultRouter::end);
        health.close();
        fleet.close();
        connections.close();
        links.close();
        executor.close();
        probe.close();
        ownClock.ifPresent(SystemClock::close);
    }

    /** An exception of a plug-in must not prevent the rest from being closed. */
    private static void end(NodeDiscovery discovery) {
        try {
            discovery.close();
        } catch (Throwable e) {
            LOG.warn("{} could not be closed", discovery, ForeignCode.endured(e));
        }
    }
}
