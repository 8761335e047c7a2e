package io.dlrouter.core;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.RouterListener;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.TwoStage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Router}. Backends and strategies are named, and found on the class path by
 * {@link java.util.ServiceLoader}. Not safe for use by many threads; may be used again after {@link #build()}.
 */
public final class RouterBuilder {
    private static final String DEFAULT_STRATEGY = "min_expected_latency";

    private final List<String> backends = new ArrayList<>();
    private final List<String> urls = new ArrayList<>();
    private final List<NodeSpec> specs = new ArrayList<>();
    private final Map<String, String> options = new HashMap<>();
    private final Map<Role, String> roleStrategies = new EnumMap<>(Role.class);
    private String strategy = DEFAULT_STRATEGY;
    private boolean prefillDecode;
    private @Nullable Path nodeTable;
    private @Nullable String backendApiKey;
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration requestTimeout = Duration.ofMinutes(30);
    private @Nullable Duration firstByteTimeout;
    private Duration streamIdleTimeout = Duration.ofMinutes(5);
    private Duration healthCheckInterval = Duration.ofSeconds(10);
    private Duration healthCheckTimeout = Duration.ofSeconds(30);
    private int healthCheckMaxFailures = 3;
    private int maxInFlight = Integer.MAX_VALUE;
    private int queueSize;
    private Duration queueTimeout = Duration.ofSeconds(10);
    private final List<RouterListener> listeners = new ArrayList<>();

    /** A builder without a backend or a node. */
    public RouterBuilder() {}

    /** Adds a kind of engine to serve, such as {@code vllm}. The first is that of the nodes which name none. */
    public RouterBuilder backend(String name) {
        backends.add(name);
        return this;
    }

    /** Hands an option to the providers of backends and strategies, by its name on the command line. */
    public RouterBuilder option(String name, String value) {
        options.put(name, value);
        return this;
    }

    /** The strategy of every role that has none of its own; {@code min_expected_latency} by default. */
    public RouterBuilder strategy(String name) {
        strategy = name;
        return this;
    }

    /** The strategy that chooses among the nodes of a role. */
    public RouterBuilder strategy(Role role, String name) {
        roleStrategies.put(role, name);
        return this;
    }

    /**
     * Adds a hybrid node of the first backend. It is configuration: not kept in the node table's file.
     *
     * @param url as {@link io.dlrouter.NodeAddress#parse} reads it
     */
    public RouterBuilder node(String url) {
        urls.add(url);
        return this;
    }

    /** Adds a node. It is configuration: not kept in the node table's file. */
    public RouterBuilder node(NodeSpec node) {
        specs.add(node);
        return this;
    }

    /**
     * Splits each request between a prefill and a decode node, by the protocol of the one backend. The nodes are those
     * configured with these roles; if there are none, the backend's own discovery finds them, where it has one; more
     * may be registered at run time.
     */
    public RouterBuilder prefillDecode() {
        prefillDecode = true;
        return this;
    }

    /** Keeps the nodes that are added at run time in this file, and reads it when the router is built. */
    public RouterBuilder nodeTable(Path file) {
        nodeTable = file;
        return this;
    }

    /** A Bearer token that nodes ask for; sent in place of the client's. */
    public RouterBuilder backendApiKey(String key) {
        backendApiKey = key;
        return this;
    }

    /** How long a node may take to accept a connection; 5 s by default. */
    public RouterBuilder connectTimeout(Duration limit) {
        connectTimeout = positive("connect_timeout", limit);
        return this;
    }

    /** How long a node may take for a plain answer as a whole; 30 minutes by default. */
    public RouterBuilder requestTimeout(Duration limit) {
        requestTimeout = positive("request_timeout", limit);
        return this;
    }

    /** How long a node may take for the first byte of a stream; as long as for a plain answer by default. */
    public RouterBuilder firstByteTimeout(Duration limit) {
        firstByteTimeout = positive("first_byte_timeout", limit);
        return this;
    }

    /** How long a stream may go without the end of a line after its first byte; 5 minutes by default. */
    public RouterBuilder streamIdleTimeout(Duration limit) {
        streamIdleTimeout = positive("stream_idle_timeout", limit);
        return this;
    }

    /** How often an engine is probed; every 10 s by default. */
    public RouterBuilder healthCheckInterval(Duration interval) {
        healthCheckInterval = positive("health_check_interval", interval);
        return this;
    }

    /** How long a probe may take; 30 s by default. */
    public RouterBuilder healthCheckTimeout(Duration limit) {
        healthCheckTimeout = positive("health_check_timeout", limit);
        return this;
    }

    /** How many failures in a row, of probes or of requests, eject a node; 3 by default. */
    public RouterBuilder healthCheckMaxFailures(int failures) {
        if (failures < 1) {
            throw new IllegalArgumentException("health_check_max_failures: " + failures + " (expected: 1 or more)");
        }
        healthCheckMaxFailures = failures;
        return this;
    }

    /**
     * How many requests may hold a place on a node at once; any number by default. A node's own
     * {@link NodeSpec#maxInFlight()} stands against it.
     */
    public RouterBuilder maxInFlight(int requests) {
        if (requests < 1) {
            throw new IllegalArgumentException("node_max_in_flight: " + requests + " (expected: 1 or more)");
        }
        maxInFlight = requests;
        return this;
    }

    /**
     * Lets requests wait in line for a place, in the order in which they came, when no node of their model can take them
     * at the moment: each is at its limit, or starting, draining or ejected. By default none waits.
     *
     * @param size how many may wait at once; 0 for none
     * @param timeout how long each may wait
     */
    public RouterBuilder queue(int size, Duration timeout) {
        if (size < 0) {
            throw new IllegalArgumentException("queue_size: " + size + " (expected: 0 or more)");
        }
        queueSize = size;
        queueTimeout = positive("queue_timeout", timeout);
        return this;
    }

    /** Tells a listener what the router does, after those that were added before. */
    public RouterBuilder listener(RouterListener listener) {
        listeners.add(listener);
        return this;
    }

    private static Duration positive(String name, Duration value) {
        if (value.toMillis() < 1) {
            throw new IllegalArgumentException(name + ": " + value.toMillis() + " ms (expected: 1 ms or more)");
        }
        return value;
    }

    /**
     * Makes the router and starts to probe its nodes. Does not wait for them: the first request does, until each node
     * has said once what it serves, or failed to.
     *
     * @return to be closed by the caller
     * @throws IllegalArgumentException if a name or a value has no meaning; the message says what was expected
     */
    public Router build() {
        Map<String, BackendAdapter> adapters = adapters();
        Optional<PdProtocol> protocol = prefillDecode ? Optional.of(protocol(adapters)) : Optional.empty();
        Strategies strategies = new Strategies(strategyProviders(), options);
        List<NodeSpec> nodes = configuredNodes();
        Listeners told = new Listeners(listeners);
        Exchanges exchanges = new Exchanges(limits());
        EngineProbe probe = new EngineProbe(backendApiKey);
        Links links = new Links(prefillDecode ? onlyOne(adapters).links(probe) : Optional.empty());
        NodeTable table =
                new NodeTable(strategies, new NodeTable.Limit(healthCheckMaxFailures, maxInFlight), links, told);
        Places places = new Places(table, new WaitingLine(queueSize, queueTimeout), new InFlightAudit(told));
        FleetRegistry registry =
                new FleetRegistry(table, probe, adapters, nodeTable == null ? null : new NodeTableFile(nodeTable));
        registry.restore(nodes);
        HealthMonitor health = new HealthMonitor(
                table,
                places,
                probe,
                new HealthMonitor.Pace(healthCheckInterval, healthCheckTimeout, healthCheckMaxFailures));
        health.start();
        Optional<NodeDiscovery> discovery = discovery(adapters, nodes);
        discovery.ifPresent(found -> found.start(registry));
        RequestExecutor executor =
                executor(protocol, table, places, links, new Sender(exchanges, backendApiKey), probe);
        return new FleetRouter(table, places, registry, executor, health, exchanges, links, discovery, told);
    }

    private static RequestExecutor executor(
            Optional<PdProtocol> protocol,
            NodeTable table,
            Places places,
            Links links,
            Sender sender,
            EngineProbe probe) {
        if (protocol.isEmpty()) {
            return new HybridExecutor(places, sender);
        }
        return protocol.get() instanceof TwoStage twoStage
                ? new TwoStageExecutor(
                        places, links, twoStage, new TwoStageLegs(table, sender, twoStage, new CacheReturns(probe)))
                : new DualDispatchExecutor(places, sender, (DualDispatch) protocol.get());
    }

    private Limits limits() {
        Duration firstByte = firstByteTimeout == null ? requestTimeout : firstByteTimeout;
        return new Limits(connectTimeout, firstByte, requestTimeout, streamIdleTimeout);
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
        return prefillDecode && nodes.isEmpty() ? onlyOne(adapters).discovery() : Optional.empty();
    }

    private static BackendAdapter onlyOne(Map<String, BackendAdapter> adapters) {
        return adapters.values().iterator().next();
    }

    private Map<String, BackendAdapter> adapters() {
        if (backends.isEmpty()) {
            throw new IllegalArgumentException("backend: none (expected: at least one, such as vllm)");
        }
        Providers<BackendAdapter.Provider> providers =
                new Providers<>(BackendAdapter.Provider.class, BackendAdapter.Provider::name, "backend");
        Map<String, BackendAdapter> adapters = new LinkedHashMap<>();
        backends.forEach(name -> adapters.put(name, providers.named(name).create(Map.copyOf(options))));
        return adapters;
    }

    private Map<Role, RoutingStrategy.Provider> strategyProviders() {
        Providers<RoutingStrategy.Provider> providers =
                new Providers<>(RoutingStrategy.Provider.class, RoutingStrategy.Provider::name, "routing_strategy");
        Map<Role, RoutingStrategy.Provider> byRole = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            byRole.put(role, providers.named(roleStrategies.getOrDefault(role, strategy)));
        }
        return byRole;
    }

    private List<NodeSpec> configuredNodes() {
        List<NodeSpec> nodes = new ArrayList<>();
        urls.forEach(url -> nodes.add(NodeSpec.of(backends.get(0), url)));
        nodes.addAll(specs);
        return nodes;
    }
}
