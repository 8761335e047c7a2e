package io.dlrouter.core;

import static java.util.Map.entry;

import io.dlrouter.Role;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The options of a router by their names, as a service's own configuration or a command line gives them. */
final class RouterConfig {
    private static final String OF_A_PLUGIN = "option.";

    private static final Map<String, BiConsumer<RouterSettings, ConfigValue>> SETTERS = Map.ofEntries(
            entry("backend", (router, backends) -> router.backends.addAll(backends.list())),
            entry("routing_strategy", (router, name) -> router.strategy = name.value()),
            entry("prefill_routing_strategy", (router, name) -> router.roleStrategies.put(Role.PREFILL, name.value())),
            entry("decode_routing_strategy", (router, name) -> router.roleStrategies.put(Role.DECODE, name.value())),
            entry("backend_api_key", (router, key) -> router.backendApiKey(key.value())),
            entry("connect_timeout", (router, time) -> router.connectTimeout(time.time())),
            entry("request_timeout", (router, time) -> router.requestTimeout(time.time())),
            entry("first_byte_timeout", (router, time) -> router.firstByteTimeout(time.time())),
            entry("stream_idle_timeout", (router, time) -> router.streamIdleTimeout(time.time())),
            entry("health_check_interval", (router, time) -> router.healthCheckInterval(time.time())),
            entry("health_check_timeout", (router, time) -> router.healthCheckTimeout(time.time())),
            entry("health_check_max_failures", (router, count) -> router.healthCheckMaxFailures(count.count())),
            entry("node_max_in_flight", RouterConfig::limitInFlight),
            entry("queue_size", (router, size) -> router.queueSize(size.limit())),
            entry("queue_timeout", (router, time) -> router.queueTimeout(time.time())));

    /** Those that a backend or a strategy reads by itself, and the form in which it does. */
    private static final Map<String, Function<ConfigValue, String>> HANDED_ON = Map.ofEntries(
            entry("prefix_cache_tokens", ConfigValue::value),
            entry("zmq_host", ConfigValue::value),
            entry("zmq_port", ConfigValue::value),
            entry("zmq_ping_timeout", RouterConfig::seconds),
            entry("heartbeat_expiration", RouterConfig::seconds),
            entry("pd_min_prompt_tokens", ConfigValue::value),
            entry("kv_lease_duration", RouterConfig::seconds),
            entry("migration_protocol", ConfigValue::value),
            entry("link_type", ConfigValue::value),
            entry("with_gdr", RouterConfig::truth),
            entry("dummy_prefill", RouterConfig::truth));

    /** Those that mean something only beside others. */
    private static final Set<String> COMBINED = Set.of(
            "serving_strategy",
            "node_urls",
            "prefill_urls",
            "decode_urls",
            "models",
            "prefill_bootstrap_ports",
            "intra_node_data_parallel_size",
            "prefill_intra_node_data_parallel_size",
            "decode_intra_node_data_parallel_size",
            "config_path",
            "disable_cache_status");

    static final Set<String> NAMES = names();

    private final ConfigValues values = new ConfigValues();
    private final Map<String, ConfigValue> ofPlugins = new HashMap<>();

    /** @throws IllegalArgumentException if a name is unknown, is given twice, or has no value */
    RouterConfig(Map<String, String> options) {
        options.forEach(this::add);
        checkToldOnce();
    }

    private static Set<String> names() {
        Set<String> names = new TreeSet<>(SETTERS.keySet());
        names.addAll(HANDED_ON.keySet());
        names.addAll(COMBINED);
        return Set.copyOf(names);
    }

    private void add(String name, @Nullable String value) {
        if (value == null) {
            throw new IllegalArgumentException(name + ": null (expected: a value)");
        }
        if (name.startsWith(OF_A_PLUGIN)) {
            addOfAPlugin(name.substring(OF_A_PLUGIN.length()), value);
        } else {
            addOfTheRouter(name, value);
        }
    }

    private void addOfAPlugin(String name, String value) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException(
                    OF_A_PLUGIN + ": without a name (expected: " + OF_A_PLUGIN + "<name> for a plug-in's own)");
        }
        ofPlugins.put(name, new ConfigValue(name, value));
    }

    private void addOfTheRouter(String given, String value) {
        String name = given.replace('-', '_');
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException(given + ": unknown to a router, as options of the gateway alone are"
                    + " (expected: " + String.join(", ", new TreeSet<>(NAMES)) + ", or " + OF_A_PLUGIN
                    + "<name> for a plug-in's own)");
        }
        if (!values.add(name, new ConfigValue(name, value))) {
            throw new IllegalArgumentException(name + ": given twice (expected: once, with dashes or underscores)");
        }
    }

    /** What a backend or a strategy is told has one name, whoever it belongs to. */
    private void checkToldOnce() {
        for (String name : ofPlugins.keySet()) {
            if (values.setting(name).isPresent() && HANDED_ON.containsKey(name)) {
                throw new IllegalArgumentException(
                        OF_A_PLUGIN + name + ": given beside " + name + " (expected: one of them)");
            }
        }
    }

    /** The settings of a router. */
    RouterSettings settings() {
        RouterSettings router = new RouterSettings();
        configure(router);
        return router;
    }

    private void configure(RouterSettings router) {
        SETTERS.forEach((name, setter) -> values.setting(name).ifPresent(value -> setter.accept(router, value)));
        HANDED_ON.forEach(
                (name, form) -> values.setting(name).ifPresent(value -> router.options.put(name, form.apply(value))));
        ofPlugins.forEach((name, option) -> router.options.put(name, option.value()));
        nodeTable().ifPresent(file -> router.nodeTable = file);
        new NodeOptions(values).configure(router);
    }

    private Optional<Path> nodeTable() {
        boolean disabled =
                values.setting("disable_cache_status").map(ConfigValue::yesOrNo).orElse(false);
        return disabled ? Optional.empty() : values.setting("config_path").map(ConfigValue::path);
    }

    private static void limitInFlight(RouterSettings router, ConfigValue limit) {
        if (limit.limit() > 0) {
            router.maxInFlight(limit.limit());
        }
    }

    private static String seconds(ConfigValue setting) {
        return BigDecimal.valueOf(setting.time().toMillis(), 3).toPlainString();
    }

    private static String truth(ConfigValue setting) {
        return Boolean.toString(setting.yesOrNo());
    }
}
