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
 * Creates a {@link Router}. Backends and strategies are given by name and found on the class path by {@link
 * java.util.ServiceLoader}, or given as objects. Times are 1 ms to 24 days. Not safe for use by many threads; may be
 * reused after {@link #build()}.
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
     * A builder with a configuration by the names and in the forms of the command line, without the leading dashes:
     * {@code queue_size} or {@code queue-size}, {@code 500ms}, lists with commas. Options that a backend declares have
     * their name; other options of a plug-in are named {@code option.<name>}. In contrast to the command line there is no
     * default backend, and nodes added at run time are persisted only with {@code config_path}.
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
     * @throws IllegalArgumentException if a name is unknown or a value invalid; {@link #build()} checks what depends on a
     *     backend, a strategy or several options
     */
    public static RouterBuilder from(Map<String, String> options) {
        return new RouterBuilder(new RouterConfig(options, DeclaredOptions.of(contextClassLoader())).settings());
    }

    /**
     * As {@link #from(Map)}, with the plug-ins that a class loader finds.
     *
     * @param plugins as {@link #plugins}
     */
    public static RouterBuilder from(Map<String, String> options, ClassLoader plugins) {
        return new RouterBuilder(new RouterConfig(options, DeclaredOptions.of(plugins)).settings()).plugins(plugins);
    }

    /** As {@link #from(Map)}, including the defaults of the properties. Values that are not strings are ignored. */
    public static RouterBuilder from(Properties options) {
        return from(options.stringPropertyNames().stream().collect(toMap(name -> name, options::getProperty)));
    }

    /**
     * The names that {@link #from(Map)} accepts, in no order. They include the options of backends that the context
     * class loader of the thread finds.
     */
    public static Set<String> optionNames() {
        return Set.copyOf(RouterConfig.names(DeclaredOptions.of(contextClassLoader())));
    }

    private static @Nullable ClassLoader contextClassLoader() {
        return Thread.currentThread().getContextClassLoader();
    }

    /**
     * Finds providers of backends and strategies with this class loader instead of the context class loader of the
     * building thread.
     *
     * @param loader must stay open as long as the router; finds the default providers, too, if the default loader is
     *     its parent
     */
    public RouterBuilder plugins(ClassLoader loader) {
        settings.plugins = loader;
        return this;
    }

    /** Adds a backend by name, such as {@code vllm}. The first one is the default for nodes. */
    public RouterBuilder backend(String name) {
        settings.backends.add(name);
        return this;
    }

    /**
     * Adds a backend under its {@link BackendAdapter#name()}, which takes precedence over one of that name on the class
     * path. It receives no options.
     *
     * @param adapter used by every router that this builder creates
     */
    public RouterBuilder backend(BackendAdapter adapter) {
        settings.ownBackends.add(new OwnBackend(adapter));
        return backend(adapter.name());
    }

    /** Passes an option to the providers of backends and strategies, by its name on the command line. */
    public RouterBuilder option(String name, String value) {
        settings.options.put(name, value);
        return this;
    }

    /** The strategy of every role without its own; {@code min_expected_latency} by default. */
    public RouterBuilder strategy(String name) {
        settings.strategy = name;
        return this;
    }

    /** The strategy of a role. */
    public RouterBuilder strategy(Role role, String name) {
        settings.roleStrategies.put(role, name);
        return this;
    }

    /**
     * The strategy of every role without its own, created by the caller. Logs, metrics and {@link Router#describe} show
     * the name, and {@link #strategy(Role, String)} accepts it.
     *
     * @param name takes precedence over a strategy of this name on the class path
     * @param strategies creates one for each pool
     */
    public RouterBuilder strategy(String name, Supplier<? extends RoutingStrategy> strategies) {
        settings.ownStrategies.add(new OwnStrategy(name, strategies));
        return strategy(name);
    }

    /**
     * TLS for nodes with an {@code https} URL; by default the JVM's.
     *
     * @param context initialized by the caller
     */
    public RouterBuilder sslContext(SSLContext context) {
        settings.sslContext = context;
        return this;
    }

    /**
     * Creates the router's threads, each of which waits a minute for another task. By default they are virtual on Java
     * 21 and newer, otherwise daemon threads. Backends create their own.
     *
     * @param threads not closed by the router
     */
    public RouterBuilder threadFactory(ThreadFactory threads) {
        settings.threadFactory = threads;
        return this;
    }

    /**
     * Adds a hybrid node of the first backend. It is part of the configuration and not persisted.
     *
     * @param url as {@link io.dlrouter.NodeAddress#parse} reads it
     */
    public RouterBuilder node(String url) {
        settings.urls.add(url);
        return this;
    }

    /** Adds a node. It is part of the configuration and not persisted. */
    public RouterBuilder node(NodeSpec node) {
        settings.specs.add(node);
        return this;
    }

    /**
     * Splits each request between a prefill and a decode node, by the protocol of the backend. Nodes are configured
     * with these roles, or found by the backend's discovery if none is configured; more may be registered at run time.
     */
    public RouterBuilder prefillDecode() {
        settings.prefillDecode = true;
        return this;
    }

    /** Persists nodes that are added at run time in this file, and reads it when the router is built. */
    public RouterBuilder nodeTable(Path file) {
        settings.nodeTable = file;
        return this;
    }

    /** A Bearer token that is sent to nodes instead of the client's. */
    public RouterBuilder backendApiKey(String key) {
        settings.backendApiKey(key);
        return this;
    }

    /** The time for a node to accept a connection; 5 s by default. */
    public RouterBuilder connectTimeout(Duration limit) {
        settings.connectTimeout(limit);
        return this;
    }

    /** The time for a complete plain response; 30 minutes by default. */
    public RouterBuilder requestTimeout(Duration limit) {
        settings.requestTimeout(limit);
        return this;
    }

    /** The time for the first byte of a stream; by default the request timeout. */
    public RouterBuilder firstByteTimeout(Duration limit) {
        settings.firstByteTimeout(limit);
        return this;
    }

    /** The time without the end of a line in a stream, after its first byte; 5 minutes by default. */
    public RouterBuilder streamIdleTimeout(Duration limit) {
        settings.streamIdleTimeout(limit);
        return this;
    }

    /** The time between two probes of an engine; 10 s by default. */
    public RouterBuilder healthCheckInterval(Duration interval) {
        settings.healthCheckInterval(interval);
        return this;
    }

    /** The time for a probe; 30 s by default. */
    public RouterBuilder healthCheckTimeout(Duration limit) {
        settings.healthCheckTimeout(limit);
        return this;
    }

    /** The consecutive failures, of probes or of requests, that eject a node; 3 by default. */
    public RouterBuilder healthCheckMaxFailures(int failures) {
        settings.healthCheckMaxFailures(failures);
        return this;
    }

    /** The most requests in flight on a node; unlimited by default. {@link NodeSpec#maxInFlight()} takes precedence. */
    public RouterBuilder maxInFlight(int requests) {
        settings.maxInFlight(requests);
        return this;
    }

    /**
     * Lets requests wait in order of arrival while all nodes of their model are at their limit, starting, draining or
     * ejected. By default requests do not wait.
     *
     * @param size the most waiting requests; 0 for no queue
     * @param timeout the longest wait
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

    /** Adds a listener, called after those that were added before. */
    public RouterBuilder listener(RouterListener listener) {
        settings.listeners.add(listener);
        return this;
    }

    /**
     * Sets the clock, for example one that a test controls. By default each router creates a clock of the system's time
     * and closes it.
     *
     * @param clock used by every router that this builder creates; closed by the caller after those routers
     */
    public RouterBuilder clock(RouterClock clock) {
        settings.clock = clock;
        return this;
    }

    /** Opens connections to nodes; over sockets by default. */
    RouterBuilder connector(NodeConnector nodes) {
        settings.connector = nodes;
        return this;
    }

    /**
     * Creates the router and starts to probe its nodes. Does not wait for them: the first request waits until each node
     * has reported its models, or failed to. A router starts no thread before it has a node, unless it discovers nodes.
     *
     * @return to be closed by the caller
     * @throws IllegalArgumentException if a name or a value is invalid; the message gives the expectation
     */
    public Router build() {
        return new RouterAssembly(settings).build();
    }
}
