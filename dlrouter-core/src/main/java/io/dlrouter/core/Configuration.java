package io.dlrouter.core;

import static java.util.Map.entry;

import io.dlrouter.NodeAddress;
import io.dlrouter.Role;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** The options of a router by their names, as a service's own configuration or a command line gives them. */
final class Configuration {
    private static final String OF_A_PLUGIN = "option.";

    private static final Map<String, BiConsumer<RouterBuilder, Setting>> SETTERS = Map.ofEntries(
            entry("backend", (router, backends) -> backends.list().forEach(router::backend)),
            entry("routing_strategy", (router, name) -> router.strategy(name.value())),
            entry("prefill_routing_strategy", (router, name) -> router.strategy(Role.PREFILL, name.value())),
            entry("decode_routing_strategy", (router, name) -> router.strategy(Role.DECODE, name.value())),
            entry("prefix_cache_tokens", handedOn(Setting::value)),
            entry("backend_api_key", (router, key) -> router.backendApiKey(key.value())),
            entry("connect_timeout", (router, time) -> router.connectTimeout(time.time())),
            entry("request_timeout", (router, time) -> router.requestTimeout(time.time())),
            entry("first_byte_timeout", (router, time) -> router.firstByteTimeout(time.time())),
            entry("stream_idle_timeout", (router, time) -> router.streamIdleTimeout(time.time())),
            entry("health_check_interval", (router, time) -> router.healthCheckInterval(time.time())),
            entry("health_check_timeout", (router, time) -> router.healthCheckTimeout(time.time())),
            entry("health_check_max_failures", (router, count) -> router.healthCheckMaxFailures(count.count())),
            entry("node_max_in_flight", Configuration::limitInFlight),
            entry("queue_size", (router, size) -> router.queueSize(size.limit())),
            entry("queue_timeout", (router, time) -> router.queueTimeout(time.time())),
            entry("zmq_host", handedOn(Setting::value)),
            entry("zmq_port", handedOn(Setting::value)),
            entry("zmq_ping_timeout", handedOn(Configuration::seconds)),
            entry("heartbeat_expiration", handedOn(Configuration::seconds)),
            entry("pd_min_prompt_tokens", handedOn(Setting::value)),
            entry("migration_protocol", handedOn(Setting::value)),
            entry("link_type", handedOn(Setting::value)),
            entry("with_gdr", handedOn(Configuration::truth)),
            entry("dummy_prefill", handedOn(Configuration::truth)));

    /** Those that mean something only beside others. */
    private static final Set<String> COMBINED = Set.of(
            "serving_strategy",
            "node_urls",
            "prefill_urls",
            "decode_urls",
            "models",
            "prefill_bootstrap_ports",
            "intra_node_data_parallel_size",
            "config_path",
            "disable_cache_status");

    static final Set<String> NAMES = names();

    private final Map<String, Setting> settings = new HashMap<>();

    /** @throws IllegalArgumentException if a name is unknown, or given twice */
    Configuration(Map<String, String> options) {
        options.forEach(this::add);
    }

    private static Set<String> names() {
        Set<String> names = new TreeSet<>(SETTERS.keySet());
        names.addAll(COMBINED);
        return Set.copyOf(names);
    }

    private void add(String given, String value) {
        String name = given.startsWith(OF_A_PLUGIN) ? given : given.replace('-', '_');
        if (!name.startsWith(OF_A_PLUGIN) && !NAMES.contains(name)) {
            throw new IllegalArgumentException(given + ": unknown to a router, as options of the gateway alone are"
                    + " (expected: " + String.join(", ", new TreeSet<>(NAMES)) + ", or " + OF_A_PLUGIN
                    + "<name> for a plug-in's own)");
        }
        if (settings.putIfAbsent(name, new Setting(name, value)) != null) {
            throw new IllegalArgumentException(name + ": given twice (expected: once, with dashes or underscores)");
        }
    }

    /** Tells a builder of all that is set. */
    void configure(RouterBuilder router) {
        settings.forEach((name, setting) -> {
            if (name.startsWith(OF_A_PLUGIN)) {
                router.option(name.substring(OF_A_PLUGIN.length()), setting.value());
            } else if (SETTERS.containsKey(name)) {
                SETTERS.get(name).accept(router, setting);
            }
        });
        if (!setting("disable_cache_status").map(Setting::yesOrNo).orElse(false)) {
            setting("config_path").map(Setting::value).map(Path::of).ifPresent(router::nodeTable);
        }
        new NamedNodes(this).configure(router);
    }

    /** An option; empty if it is not given. */
    Optional<Setting> setting(String name) {
        return Optional.ofNullable(settings.get(name));
    }

    List<String> list(String name) {
        return setting(name).map(Setting::list).orElse(List.of());
    }

    List<NodeAddress> addresses(String name) {
        return setting(name)
                .map(urls -> urls.each().map(Setting::address).toList())
                .orElse(List.of());
    }

    private static void limitInFlight(RouterBuilder router, Setting limit) {
        if (limit.limit() > 0) {
            router.maxInFlight(limit.limit());
        }
    }

    /** What a backend reads by itself, in the form in which it does. */
    private static BiConsumer<RouterBuilder, Setting> handedOn(Function<Setting, String> form) {
        return (router, setting) -> router.option(setting.name(), form.apply(setting));
    }

    private static String seconds(Setting setting) {
        return BigDecimal.valueOf(setting.time().toMillis(), 3).toPlainString();
    }

    private static String truth(Setting setting) {
        return Boolean.toString(setting.yesOrNo());
    }
}
