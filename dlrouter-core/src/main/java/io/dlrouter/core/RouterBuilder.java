package io.dlrouter.core;

import static java.util.stream.Collectors.toMap;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.core.http.NodeConnector;
import io.dlrouter.core.plugin.DeclaredOptions;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RouterListener;
import io.dlrouter.spi.RoutingStrategy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Router}. Backends and strategies are named, and found on the class path by
 * {@link java.util.ServiceLoader}. A time is 1 ms to 24 days. Not safe for use by many threads; may be used again after
 * {@link #build()}.
 */
public final class RouterBuilder {
    private final RouterSettings settings;

    /** A builder without a backend or a node. */
    public RouterBuilder() {
        this(new RouterSettings());
    }

    private RouterBuilder(RouterSettings settings) {
        this.settings = settings;
    }

    /**
     * A builder that is told all that a service's own configuration says, by the names and in the forms of the command
     * line, without the leading dashes: {@code queue_size} or {@code queue-size}, {@code 500ms}, lists with commas. What
     * a backend declares is given by its name; any other option of a plug-in is named {@code option.<name>}. There are two differences: no
     * backend is taken for granted, and nodes added at run time are only kept if {@code config_path} says where.
     *
     * <pre>{@code
     * Router router = RouterBuilder.from(Map.of(
     *                 "backend", "vllm",
     *                 "node_urls", "http://a:8000,http://b:8000",
     *                 "routing_strategy", "consistent_hash",
     *                 "queue_size", "100"))
     *         .build();
     * }</pre>
     *
     * @param options those of {@link #optionNames()}, and of plug-ins
     * @throws IllegalArgumentException if a name is unknown, or a value has no meaning; what only a backend, a strategy or
     *     several options together can judge is refused by {@link #build()}
     */
    public static RouterBuilder from(Map<String, String> options) {
        return new RouterBuilder(new RouterConfig(options, DeclaredOptions.of(contextClassLoader())).settings());
    }

    /**
     * As {@link #from(Map)}, with plug-ins that this class loader finds.
     *
     * @param plugins as {@link #plugins}
     */
    public static RouterBuilder from(Map<String, String> options, ClassLoader plugins) {
        return new RouterBuilder(new RouterConfig(options, DeclaredOptions.of(plugins)).settings()).plugins(plugins);
    }

    /** As {@link #from(Map)}, with the defaults that the properties have. Whatever is no text is left out. */
    public static RouterBuilder from(Properties options) {
        return from(options.stringPropertyNames().stream().collect(toMap(name -> name, options::getProperty)));
    }

    /**
     * The names that {@link #from(Map)} knows, in no order, for those who pass on a part of a larger configuration. They
     * include what the backends declare that the class loader of the thread finds.
     */
    public static Set<String> optionNames() {
        return Set.copyOf(RouterConfig.names(DeclaredOptions.of(contextClassLoader())));
    }

    private static @Nullable ClassLoader contextClassLoader() {
        return Thread.currentThread().getContextClassLoader();
    }

    /**
     * Looks for the providers of backends and strategies here, instead of in the class loader of the thread that builds.
     *
     * @param loader sees what is to be found by default as well, if it has that loader as its parent; must stay open as
     *     long as the router
     */
    public RouterBuilder plugins(ClassLoader loader) {
        settings.plugins = loader;
        return this;
    }

    /** Adds a kind of engine to serve, such as {@code vllm}. The first is that of the nodes which name none. */
    public RouterBuilder backend(String name) {
        settings.backends.add(name);
        return this;
    }

    /**
     * Adds a backend of the caller's own, under its {@link BackendAdapter#name()}, which takes precedence over a backend
     * of that name on the class path. Options are not handed to it.
     *
     * @param adapter used by every router that this builds
     */
    public RouterBuilder backend(BackendAdapter adapter) {
        settings.ownBackends.add(new OwnBackend(adapter));
        return backend(adapter.name());
    }

    /** Hands an option to the providers of backends and strategies, by its name on the command line. */
    public RouterBuilder option(String name, String value) {
        settings.options.put(name, value);
        return this;
    }

    /** The strategy of every role that has none of its own; {@code min_expected_latency} by default. */
    public RouterBuilder strategy(String name) {
        settings.strategy = name;
        return this;
    }

    /** The strategy that selects among the nodes of a role. */
    public RouterBuilder strategy(Role role, String name) {
        settings.roleStrategies.put(role, name);
        return this;
    }

    /**
     * The strategy of every role that has none of its own, made by the caller. Logs, metrics and {@link Router#describe}
     * show the name, and {@link #strategy(Role, String)} accepts it.
     *
     * @param name takes precedence over a strategy of this name on the class path
     * @param strategies makes a new one for each pool
     */
    public RouterBuilder strategy(String name, Supplier<? extends RoutingStrategy> strategies) {
        settings.ownStrategies.add(new OwnStrategy(name, strategies));
        return strategy(name);
    }

    /**
     * TLS for nodes with an {@code https} URL; by default the JVM's own.
     *
     * @param context initialised by the caller
     */
    public RouterBuilder sslContext(SSLContext context) {
        settings.sslContext = context;
        return this;
    }

    /**
     * Makes the router's threads, each of which is kept for a minute for a next task. By default they are virtual on Java
     * 21 and newer, else daemon threads. Backends make their own.
     *
     * @param threads is not closed by the router
     */
    public RouterBuilder threadFactory(ThreadFactory threads) {
        settings.threadFactory = threads;
        return this;
    }

    /**
     * Adds a hybrid node of the first backend. It is configuration: not kept in the node table's file.
     *
     * @param url as {@link io.dlrouter.NodeAddress#parse} reads it
     */
    public RouterBuilder node(String url) {
        settings.urls.add(url);
        return this;
    }

    /** Adds a node. It is configuration: not kept in the node table's file. */
    public RouterBuilder node(NodeSpec node) {
        settings.specs.add(node);
        return this;
    }

    /**
     * Splits each request between a prefill and a decode node, by the protocol of the one backend. The nodes are those
     * configured with these roles; if there are none, the backend's own discovery finds them, where it has one; more
     * may be registered at run time.
     */
    public RouterBuilder prefillDecode() {
        settings.prefillDecode = true;
        return this;
    }

    /** Keeps the nodes that are added at run time in this file, and reads it when the router is built. */
    public RouterBuilder nodeTable(Path file) {
        settings.nodeTable = file;
        return this;
    }

    /** A Bearer token that nodes ask for; sent in place of the client's. */
    public RouterBuilder backendApiKey(String key) {
        settings.backendApiKey(key);
        return this;
    }

    /** How long a node may take to accept a connection; 5 s by default. */
    public RouterBuilder connectTimeout(Duration limit) {
        settings.connectTimeout(limit);
        return this;
    }

    /** How long a node may take for a plain response as a whole; 30 minutes by default. */
    public RouterBuilder requestTimeout(Duration limit) {
        settings.requestTimeout(limit);
        return this;
    }

    /** How long a node may take for the first byte of a stream; as long as for a plain response by default. */
    public RouterBuilder firstByteTimeout(Duration limit) {
        settings.firstByteTimeout(limit);
        return this;
    }

    /** How long a stream may go without the end of a line after its first byte; 5 minutes by default. */
    public RouterBuilder streamIdleTimeout(Duration limit) {
        settings.streamIdleTimeout(limit);
        return this;
    }

    /** How often an engine is probed; every 10 s by default. */
    public RouterBuilder healthCheckInterval(Duration interval) {
        settings.healthCheckInterval(interval);
        return this;
    }

    /** How long a probe may take; 30 s by default. */
    public RouterBuilder healthCheckTimeout(Duration limit) {
        settings.healthCheckTimeout(limit);
        return this;
    }

    /** How many failures in a row, of probes or of requests, eject a node; 3 by default. */
    public RouterBuilder healthCheckMaxFailures(int failures) {
        settings.healthCheckMaxFailures(failures);
        return this;
    }

    /**
     * How many requests may hold a lease on a node at once; any number by default. A node's own
     * {@link NodeSpec#maxInFlight()} stands against it.
     */
    public RouterBuilder maxInFlight(int requests) {
        settings.maxInFlight(requests);
        return this;
    }

    /**
     * Lets requests wait in the queue for a place, in the order in which they came, when no node of their model can take them
     * at the moment: each is at its limit, or starting, draining or ejected. By default none waits.
     *
     * @param size how many may wait at once; 0 for none
     * @param timeout how long each may wait
     */
    public RouterBuilder queue(int size, Duration timeout) {
        settings.queueSize(size);
        settings.queueTimeout(timeout);
        return this;
    }

    /**
     * Limits the table of the nodes that hold responses of the Responses API, by which {@code previous_response_id},
     * {@code conversation} and the routes of {@code /v1/responses/{id}} find their node. By default 100,000 entries of one
     * day.
     *
     * @param size how many responses and conversations are kept; beyond it the least recently used is removed
     * @param ttl how long one is kept that is not used
     */
    public RouterBuilder responseTable(int size, Duration ttl) {
        settings.responseTableSize(size);
        settings.responseTableTtl(ttl);
        return this;
    }

    /** How many bytes a request body with a {@code Content-Encoding} may have once it is decoded; 64 MiB by default. */
    public RouterBuilder maxDecodedBody(int bytes) {
        settings.maxDecodedBody(bytes);
        return this;
    }

    /** Tells a listener what the router does, after those that were added before. */
    public RouterBuilder listener(RouterListener listener) {
        settings.listeners.add(listener);
        return this;
    }

    /**
     * Takes the time from a clock of the caller's, for example one that a test moves. By default each router makes its own
     * clock over the system's time and closes it.
     *
     * @param clock of every router that this builds; the caller's to close, after those routers
     */
    public RouterBuilder clock(RouterClock clock) {
        settings.clock = clock;
        return this;
    }

    /** How connections to nodes are opened; over sockets by default. */
    RouterBuilder connector(NodeConnector nodes) {
        settings.connector = nodes;
        return this;
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
        return new RouterAssembly(settings).build();
    }
}
