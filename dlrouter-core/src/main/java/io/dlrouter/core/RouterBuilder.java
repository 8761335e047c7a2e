package io.dlrouter.core;

import static java.util.stream.Collectors.toMap;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.RouterDescription;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RouterListener;
import io.dlrouter.spi.TwoStage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Router}. Backends and strategies are named, and found on the class path by
 * {@link java.util.ServiceLoader}. A time is 1 ms to 24 days. Not safe for use by many threads; may be used again after
 * {@link #build()}.
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
    private @Nullable ClassLoader plugins;
    private @Nullable RouterClock clock;
    private @Nullable NodeConnector connector;

    /** A builder without a backend or a node. */
    public RouterBuilder() {}

    /**
     * A builder that is told all that a service's own configuration says, by the names and in the forms of the command
     * line, without the leading dashes: {@code queue_size} or {@code queue-size}, {@code 500ms}, lists with commas. What
     * a backend or a strategy of one's own is to be told is named {@code option.<name>}. There are two differences: no
     * backend is taken for granted, and nodes added at run time are only kept if {@code config_path} says where.
     *
     * <p>{@snippet :
     * Router router = RouterBuilder.from(Map.of(
     *                 "backend", "vllm",
     *                 "node_urls", "http://a:8000,http://b:8000",
     *                 "routing_strategy", "consistent_hash",
     *                 "queue_size", "100"))
     *         .build();
     * }
     *
     * @param options those of {@link #optionNames()}, and of plug-ins
     * @throws IllegalArgumentException if a name is unknown, or a value has no meaning; what only a backend, a strategy or
     *     several options together can judge is refused by {@link #build()}
     */
    public static RouterBuilder from(Map<String, String> options) {
        RouterBuilder builder = new RouterBuilder();
        new Configuration(options).configure(builder);
        return builder;
    }

    /** As {@link #from(Map)}, with the defaults that the properties have. Whatever is no text is left out. */
    public static RouterBuilder from(Properties options) {
        return from(options.stringPropertyNames().stream().collect(toMap(name -> name, options::getProperty)));
    }

    /** The names that {@link #from} knows, in no order, for those who pass on a part of a larger configuration. */
    public static Set<String> optionNames() {
        return Configuration.NAMES;
    }

    /**
     * Looks for the providers of backends and strategies here, instead of in the class loader of the thread that builds.
     *
     * @param loader sees what is to be found by default as well, if it has that loader as its parent; must stay open as
     *     long as the router
     */
    public RouterBuilder plugins(ClassLoader loader) {
        plugins = loader;
        return this;
    }

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
        if (key.isBlank()) {
            throw new IllegalArgumentException("backend_api_key: an empty key (expected: at least one character)");
        }
        backendApiKey = key;
        return this;
    }

    /** How long a node may take to accept a connection; 5 s by default. */
    public RouterBuilder connectTimeout(Duration limit) {
        connectTimeout = bounded("connect_timeout", limit);
        return this;
    }

    /** How long a node may take for a plain answer as a whole; 30 minutes by default. */
    public RouterBuilder requestTimeout(Duration limit) {
        requestTimeout = bounded("request_timeout", limit);
        return this;
    }

    /** How long a node may take for the first byte of a stream; as long as for a plain answer by default. */
    public RouterBuilder firstByteTimeout(Duration limit) {
        firstByteTimeout = bounded("first_byte_timeout", limit);
        return this;
    }

    /** How long a stream may go without the end of a line after its first byte; 5 minutes by default. */
    public RouterBuilder streamIdleTimeout(Duration limit) {
        streamIdleTimeout = bounded("stream_idle_timeout", limit);
        return this;
    }

    /** How often an engine is probed; every 10 s by default. */
    public RouterBuilder healthCheckInterval(Duration interval) {
        healthCheckInterval = bounded("health_check_interval", interval);
        return this;
    }

    /** How long a probe may take; 30 s by default. */
    public RouterBuilder healthCheckTimeout(Duration limit) {
        healthCheckTimeout = bounded("health_check_timeout", limit);
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
        queueSize(size);
        queueTimeout(timeout);
        return this;
    }

    void queueSize(int size) {
        if (size < 0) {
            throw new IllegalArgumentException("queue_size: " + size + " (expected: 0 or more)");
        }
        queueSize = size;
    }

    void queueTimeout(Duration timeout) {
        queueTimeout = bounded("queue_timeout", timeout);
    }

    /** Tells a listener what the router does, after those that were added before. */
    public RouterBuilder listener(RouterListener listener) {
        listeners.add(listener);
        return this;
    }

    /**
     * Takes the time from a clock of the caller's, for example one that a test moves. By default each router makes its own
     * clock over the system's time and closes it.
     *
     * @param clock of every router that this builds; the caller's to close, after those routers
     */
    public RouterBuilder clock(RouterClock clock) {
        this.clock = clock;
        return this;
    }

    /** How connections to nodes are opened; over sockets by default. */
    RouterBuilder connector(NodeConnector nodes) {
        connector = nodes;
        return this;
    }

    private static Duration bounded(String name, Duration value) {
        if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Setting.LONGEST) > 0) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: 1 ms to " + Setting.LONGEST.toDays() + " days)");
        }
        return value;
    }

    /**
     * Makes the router and starts to probe its nodes. Does not wait for them: the first request does, until each node
     * has said once what it serves, or failed to. A router starts no thread before it has a node, unless it is to listen
     * for nodes that announce themselves.
     *
     * @return to be closed by the caller
     * @throws IllegalArgumentException if a name or a value has no meaning; the message says what was expected
     */
    public Router build() {
        if (backends.isEmpty()) {
            throw new IllegalArgumentException("backend: none (expected: at least one, such as vllm)");
        }
        Optional<SystemClock> ownClock = clock == null ? Optional.of(new SystemClock()) : Optional.empty();
        RouterClock time = clock == null ? ownClock.orElseThrow() : clock;
        Plugins found = found();
        Map<String, BackendAdapter> adapters = found.backends(backends);
        Optional<PdProtocol> protocol = prefillDecode ? Optional.of(protocol(adapters)) : Optional.empty();
        Strategies strategies = found.strategies(role -> roleStrategies.getOrDefault(role, strategy));
        List<NodeSpec> nodes = configuredNodes();
        Listeners told = new Listeners(listeners);
        NodeConnector connects = connector == null ? NodeConnector.sockets(time) : connector;
        Exchanges exchanges = new Exchanges(limits(), connects, time);
        EngineProbe probe = new EngineProbe(connects, backendApiKey, time);
        Links links = new Links(prefillDecode ? onlyOne(adapters).links(probe, time) : Optional.empty());
        NodeTable table =
                new NodeTable(strategies, new NodeTable.Limit(healthCheckMaxFailures, maxInFlight), links, told, time);
        Places places =
                new Places(table, new WaitingLine(queueSize, queueTimeout, time), new InFlightAudit(told), time);
        HealthMonitor health = new HealthMonitor(
                table,
                places,
                probe,
                new HealthMonitor.Pace(healthCheckInterval, healthCheckTimeout, healthCheckMaxFailures),
                time);
        FleetRegistry registry = new FleetRegistry(
                table,
                probe,
                adapters,
                nodeTable == null ? null : new NodeTableFile(nodeTable, time),
                health::watch,
                time);
        registry.restore(nodes);
        Optional<NodeDiscovery> discovery = discovery(adapters, nodes);
        RequestExecutor executor =
                executor(protocol, table, places, links, new Sender(exchanges, backendApiKey), probe, time);
        RouterDescription description = description(adapters.keySet(), strategies, executor.roles());
        FleetRouter router = new FleetRouter(
                table,
                places,
                registry,
                executor,
                health,
                exchanges,
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

    /** Threads start last; if one thing does not, whatever was begun before it is closed. */
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

    private RouterDescription description(Set<String> adapters, Strategies strategies, Set<Role> roles) {
        Map<Role, String> names = new EnumMap<>(Role.class);
        roles.forEach(role -> names.put(role, strategies.name(role)));
        return new RouterDescription(
                List.copyOf(adapters),
                names,
                maxInFlight == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(maxInFlight),
                queueSize,
                Map.of());
    }

    private static RequestExecutor executor(
            Optional<PdProtocol> protocol,
            NodeTable table,
            Places places,
            Links links,
            Sender sender,
            EngineProbe probe,
            RouterClock clock) {
        if (protocol.isEmpty()) {
            return new HybridExecutor(places, sender);
        }
        return protocol.get() instanceof TwoStage twoStage
                ? new TwoStageExecutor(
                        places,
                        links,
                        twoStage,
                        new TwoStageLegs(table, sender, twoStage, new CacheReturns(probe, clock)))
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

    private Plugins found() {
        ClassLoader loader = plugins == null ? Thread.currentThread().getContextClassLoader() : plugins;
        return new Plugins(loader, options);
    }

    private List<NodeSpec> configuredNodes() {
        List<NodeSpec> nodes = new ArrayList<>();
        urls.forEach(url -> nodes.add(NodeSpec.of(backends.get(0), url)));
        nodes.addAll(specs);
        return nodes;
    }
}
