package io.dlrouter.core;

import static java.util.Map.entry;

import io.dlrouter.Role;
import io.dlrouter.core.plugin.DeclaredOptions;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The options of a router by name, from a service's configuration or a command line. */
final class RouterConfig {
    private static final String OF_A_PLUGIN = "option.";

    private static final Map<String, BiConsumer<RouterSettings, ConfigValue>> SETTERS = Map.ofEntries(
            entry("backend", (router, backends) -> router.backends.addAll(backends.list())),
            entry("routing_strategy", (router, name) -> router.strategy = name.value()),
            entry("prefill_routing_strategy", (router, name) -> router.roleStrategies.put(Role.PREFILL, name.value())),
            entry("decode_routing_strategy", (router, name) -> router.roleStrategies.put(Role.DECODE, name.value())),
            entry("prefix_cache_tokens", (router, tokens) -> router.options.put(tokens.name(), tokens.value())),
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
            entry("queue_timeout", (router, time) -> router.queueTimeout(time.time())),
            entry("response_table_size", (router, count) -> router.responseTableSize(count.count())),
            entry("response_table_ttl", (router, time) -> router.responseTableTtl(time.time())));

    /** Options that are read in combination with others. */
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

    private final DeclaredOptions declared;
    private final ConfigValues values = new ConfigValues();
    private final Map<String, ConfigValue> ofPlugins = new HashMap<>();

    /**
     * @param declared by the installed backends
     * @throws IllegalArgumentException if a name is unknown or given twice, or has no value
     */
    RouterConfig(Map<String, String> options, DeclaredOptions declared) {
        this.declared = declared;
        options.forEach(this::add);
        checkGivenOnce();
    }

    /** The names of all options that a router with these backends knows. */
    static Set<String> names(DeclaredOptions declared) {
        Set<String> names = new TreeSet<>(SETTERS.keySet());
        names.addAll(COMBINED);
        names.addAll(declared.names());
        return names;
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
        Set<String> names = names(declared);
        if (!names.contains(name)) {
            throw new IllegalArgumentException(given + ": unknown to a router, as options of the gateway alone are"
                    + " (expected: " + String.join(", ", names) + ", or " + OF_A_PLUGIN
                    + "<name> for a plug-in's own)");
        }
        if (!values.add(name, new ConfigValue(name, value))) {
            throw new IllegalArgumentException(name + ": given twice (expected: once, with dashes or underscores)");
        }
    }

    /** An option of a backend or a strategy has one value, under either name. */
    private void checkGivenOnce() {
        for (String name : ofPlugins.keySet()) {
            if (values.setting(name).isPresent() && isHandedOn(name)) {
                throw new IllegalArgumentException(
                        OF_A_PLUGIN + name + ": given beside " + name + " (expected: one of them)");
            }
        }
    }

    private boolean isHandedOn(String name) {
        return declared.find(name).isPresent() || name.equals("prefix_cache_tokens");
    }

    /** The settings of a router. */
    RouterSettings settings() {
        RouterSettings router = new RouterSettings();
        configure(router);
        return router;
    }

    private void configure(RouterSettings router) {
        SETTERS.forEach((name, setter) -> values.setting(name).ifPresent(value -> setter.accept(router, value)));
        for (String name : declared.names()) {
            values.setting(name)
                    .ifPresent(value -> router.options.put(
                            name, value.read(declared.find(name).orElseThrow())));
        }
        ofPlugins.forEach((name, option) -> router.options.put(name, option.value()));
        nodeTable().ifPresent(file -> router.nodeTable = file);
        new NodeOptions(values, declared).configure(router);
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
}
