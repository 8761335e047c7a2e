package io.dlrouter.core;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.RouterDescription;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.InFlightAudit;
import io.dlrouter.core.fleet.Links;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.fleet.RequestQueue;
import io.dlrouter.core.fleet.StrategyFactory;
import io.dlrouter.core.http.ConnectionPool;
import io.dlrouter.core.http.NodeConnector;
import io.dlrouter.core.http.SocketConnector;
import io.dlrouter.core.membership.EngineProber;
import io.dlrouter.core.membership.FleetRegistry;
import io.dlrouter.core.membership.HealthMonitor;
import io.dlrouter.core.membership.NodeTableFile;
import io.dlrouter.core.observe.ListenerDispatcher;
import io.dlrouter.core.pd.UnsplitRequests;
import io.dlrouter.core.pd.dual.DualDispatchExecutor;
import io.dlrouter.core.pd.twostage.KvCacheReleaser;
import io.dlrouter.core.pd.twostage.TwoStageExecutor;
import io.dlrouter.core.pd.twostage.TwoStageLegs;
import io.dlrouter.core.plugin.Providers;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.request.ReservedNames;
import io.dlrouter.core.request.StoredResponses;
import io.dlrouter.core.runtime.SystemClock;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.core.serve.HybridExecutor;
import io.dlrouter.core.serve.RequestExecutor;
import io.dlrouter.core.serve.Sender;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.TwoStage;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** Creates the parts of a router and connects them. */
final class RouterAssembly {
    private final RouterSettings settings;

    RouterAssembly(RouterSettings settings) {
        this.settings = settings;
    }

    /** As {@link RouterBuilder#build}. */
    Router build() {
        Plugins found = found();
        Providers<BackendAdapter.Provider> providers = found.backendProviders();
        if (settings.backends.isEmpty()) {
            throw new IllegalArgumentException(
                    "backend: none (expected: at least one of " + String.join(", ", providers.names()) + ")");
        }
        Map<String, BackendAdapter> adapters = found.backends(providers, settings.backends);
        ReservedNames reserved = ReservedNames.of(found.installedBeside(adapters, providers));
        Threads threads = Threads.of(settings.threadFactory);
        Optional<SystemClock> ownClock =
                settings.clock == null ? Optional.of(new SystemClock(threads)) : Optional.empty();
        RouterClock time = settings.clock == null ? ownClock.orElseThrow() : settings.clock;
        Optional<PdProtocol> protocol = settings.prefillDecode ? Optional.of(protocol(adapters)) : Optional.empty();
        StrategyFactory strategies =
                found.strategies(role -> settings.roleStrategies.getOrDefault(role, settings.strategy));
        List<NodeSpec> nodes = settings.nodes();
        ListenerDispatcher told = new ListenerDispatcher(settings.listeners);
        NodeConnector connects = settings.connector == null ? sockets(time) : settings.connector;
        ConnectionPool connections = new ConnectionPool(settings.timeouts(), connects, time, threads);
        EngineProber probe = new EngineProber(connects, settings.backendApiKey(), time);
        Links links = new Links(settings.prefillDecode ? onlyOne(adapters).links(probe, time) : Optional.empty());
        NodeTable table = new NodeTable(
                strategies,
                new NodeTable.Limit(settings.healthCheckMaxFailures(), settings.maxInFlight()),
                links,
                told,
                time);
        Fleet fleet = new Fleet(
                table,
                new RequestQueue(settings.queueSize(), settings.queueTimeout(), time),
                new InFlightAudit(told),
                time);
        HealthMonitor health = new HealthMonitor(
                table,
                fleet,
                probe,
                new HealthMonitor.Pace(
                        settings.healthCheckInterval(),
                        settings.healthCheckTimeout(),
                        settings.healthCheckMaxFailures()),
                time,
                threads);
        FleetRegistry registry = new FleetRegistry(
                table,
                probe,
                adapters,
                settings.nodeTable == null ? null : new NodeTableFile(settings.nodeTable, time),
                health::watch,
                time);
        registry.restore(nodes);
        Optional<NodeDiscovery> discovery = discovery(adapters, nodes);
        StoredResponses responses =
                new StoredResponses(settings.responseTableSize(), settings.responseTableTtl(), time);
        RequestExecutor executor = executor(
                protocol,
                table,
                fleet,
                links,
                new Sender(connections, reserved, settings.backendApiKey(), responses),
                probe,
                time,
                threads);
        RouterDescription description = description(adapters.keySet(), strategies, executor.roles());
        DefaultRouter router = new DefaultRouter(
                table,
                fleet,
                registry,
                executor,
                new RequestContext.Sources(table, responses, settings.maxDecodedBody()),
                health,
                connections,
                links,
                discovery,
                probe,
                told,
                time,
                ownClock,
                description);
        return started(router, () -> {
            health.start();
            discovery.ifPresent(search -> search.start(registry, time));
        });
    }

    /** Starts threads last; if one fails to start, everything is closed. */
    private static Router started(Router router, Runnable start) {
        try {
            start.run();
            return router;
        } catch (Throwable e) {
            try (router) {
                throw e;
            }
        }
    }

    private RouterDescription description(Set<String> adapters, StrategyFactory strategies, Set<Role> roles) {
        Map<Role, String> names = new EnumMap<>(Role.class);
        roles.forEach(role -> names.put(role, strategies.name(role)));
        return RouterDescription.builder()
                .backends(List.copyOf(adapters))
                .strategies(names)
                .maxInFlight(
                        settings.maxInFlight() == Integer.MAX_VALUE
                                ? OptionalInt.empty()
                                : OptionalInt.of(settings.maxInFlight()))
                .queueSize(settings.queueSize())
                .build();
    }

    private static RequestExecutor executor(
            Optional<PdProtocol> protocol,
            NodeTable table,
            Fleet fleet,
            Links links,
            Sender sender,
            EngineProber probe,
            RouterClock clock,
            Threads threads) {
        if (protocol.isEmpty()) {
            return new HybridExecutor(fleet, sender, Role.HYBRID);
        }
        return protocol.get() instanceof TwoStage twoStage
                ? new TwoStageExecutor(
                        fleet,
                        links,
                        twoStage,
                        new TwoStageLegs(table, sender, twoStage, new KvCacheReleaser(probe, clock, threads)),
                        new UnsplitRequests(fleet, sender, twoStage))
                : new DualDispatchExecutor(fleet, sender, (DualDispatch) protocol.get(), threads);
    }

    private static PdProtocol protocol(Map<String, BackendAdapter> adapters) {
        if (adapters.size() > 1) {
            throw new IllegalArgumentException("backend: " + String.join(",", adapters.keySet())
                    + " (expected: one, because prefill and decode share a protocol)");
        }
        BackendAdapter backend = onlyOne(adapters);
        return backend.prefillDecode()
                .orElseThrow(() -> new IllegalArgumentException("backend: " + backend.name()
                        + " (expected: one that splits requests into prefill and decode)"));
    }

    private Optional<NodeDiscovery> discovery(Map<String, BackendAdapter> adapters, List<NodeSpec> nodes) {
        return settings.prefillDecode && nodes.isEmpty() ? onlyOne(adapters).discovery() : Optional.empty();
    }

    private static BackendAdapter onlyOne(Map<String, BackendAdapter> adapters) {
        return adapters.values().iterator().next();
    }

    private NodeConnector sockets(RouterClock time) {
        SSLContext tls = settings.sslContext;
        return tls == null ? SocketConnector.sockets(time) : SocketConnector.sockets(time, tls::getSocketFactory);
    }

    private Plugins found() {
        ClassLoader loader =
                settings.plugins == null ? Thread.currentThread().getContextClassLoader() : settings.plugins;
        return new Plugins(loader, settings.options, settings.ownBackends, settings.ownStrategies);
    }
}
