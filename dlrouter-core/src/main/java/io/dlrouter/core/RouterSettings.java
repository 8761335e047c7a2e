package io.dlrouter.core;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.core.http.CallTimeouts;
import io.dlrouter.core.http.NodeConnector;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RouterListener;
import io.dlrouter.spi.RoutingStrategy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a router, each checked when it is set. {@link RouterBuilder} documents them. Not safe for use by many
 * threads.
 */
final class RouterSettings {
    private static final String DEFAULT_STRATEGY = "min_expected_latency";

    final List<String> backends = new ArrayList<>();
    final List<NodeSpec> specs = new ArrayList<>();
    final Map<String, String> options = new HashMap<>();
    final Map<Role, String> roleStrategies = new EnumMap<>(Role.class);
    final List<RouterListener> listeners = new ArrayList<>();
    final List<BackendAdapter.Provider> ownBackends = new ArrayList<>();
    final List<RoutingStrategy.Provider> ownStrategies = new ArrayList<>();
    final List<String> urls = new ArrayList<>();
    String strategy = DEFAULT_STRATEGY;
    boolean prefillDecode;

    @Nullable
    Path nodeTable;

    @Nullable
    ClassLoader plugins;

    @Nullable
    SSLContext sslContext;

    @Nullable
    ThreadFactory threadFactory;

    @Nullable
    RouterClock clock;

    @Nullable
    NodeConnector connector;

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
    private int responseTableSize = 100_000;
    private Duration responseTableTtl = Duration.ofDays(1);
    private int maxDecodedBody = 64 << 20;

    void backendApiKey(String key) {
        if (key.isBlank()) {
            throw new IllegalArgumentException("backend_api_key: an empty key (expected: at least one character)");
        }
        backendApiKey = key;
    }

    void connectTimeout(Duration limit) {
        connectTimeout = bounded("connect_timeout", limit);
    }

    void requestTimeout(Duration limit) {
        requestTimeout = bounded("request_timeout", limit);
    }

    void firstByteTimeout(Duration limit) {
        firstByteTimeout = bounded("first_byte_timeout", limit);
    }

    void streamIdleTimeout(Duration limit) {
        streamIdleTimeout = bounded("stream_idle_timeout", limit);
    }

    void healthCheckInterval(Duration interval) {
        healthCheckInterval = bounded("health_check_interval", interval);
    }

    void healthCheckTimeout(Duration limit) {
        healthCheckTimeout = bounded("health_check_timeout", limit);
    }

    void healthCheckMaxFailures(int failures) {
        if (failures < 1) {
            throw new IllegalArgumentException("health_check_max_failures: " + failures + " (expected: 1 or more)");
        }
        healthCheckMaxFailures = failures;
    }

    void maxInFlight(int requests) {
        if (requests < 1) {
            throw new IllegalArgumentException("node_max_in_flight: " + requests + " (expected: 1 or more)");
        }
        maxInFlight = requests;
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

    void responseTableSize(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("response_table_size: " + size + " (expected: 1 or more)");
        }
        responseTableSize = size;
    }

    void responseTableTtl(Duration time) {
        responseTableTtl = bounded("response_table_ttl", time);
    }

    void maxDecodedBody(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("max_body_size: " + bytes + " (expected: 1 or more)");
        }
        maxDecodedBody = bytes;
    }

    private static Duration bounded(String name, Duration value) {
        if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(ConfigValue.LONGEST) > 0) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: 1 ms to " + ConfigValue.LONGEST.toDays() + " days)");
        }
        return value;
    }

    CallTimeouts timeouts() {
        Duration firstByte = firstByteTimeout == null ? requestTimeout : firstByteTimeout;
        return new CallTimeouts(connectTimeout, firstByte, requestTimeout, streamIdleTimeout);
    }

    @Nullable
    String backendApiKey() {
        return backendApiKey;
    }

    Duration healthCheckInterval() {
        return healthCheckInterval;
    }

    Duration healthCheckTimeout() {
        return healthCheckTimeout;
    }

    int healthCheckMaxFailures() {
        return healthCheckMaxFailures;
    }

    int maxInFlight() {
        return maxInFlight;
    }

    int queueSize() {
        return queueSize;
    }

    Duration queueTimeout() {
        return queueTimeout;
    }

    int responseTableSize() {
        return responseTableSize;
    }

    Duration responseTableTtl() {
        return responseTableTtl;
    }

    int maxDecodedBody() {
        return maxDecodedBody;
    }

    /** The configured nodes; those with only a URL belong to the first backend. */
    List<NodeSpec> nodes() {
        List<NodeSpec> nodes = new ArrayList<>();
        urls.forEach(url -> nodes.add(NodeSpec.of(backends.get(0), url)));
        nodes.addAll(specs);
        return nodes;
    }
}
