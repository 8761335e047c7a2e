package io.dlrouter.core;

import io.dlrouter.NodeAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The given options by name. Not safe for use by many threads. */
final class ConfigValues {
    private final Map<String, ConfigValue> values = new HashMap<>();

    /** Adds an option; false if it was given before. */
    boolean add(String name, ConfigValue value) {
        return values.putIfAbsent(name, value) == null;
    }

    /** An option; empty if it is not given. */
    Optional<ConfigValue> setting(String name) {
        return Optional.ofNullable(values.get(name));
    }

    List<String> list(String name) {
        return setting(name).map(ConfigValue::list).orElse(List.of());
    }

    List<NodeAddress> addresses(String name) {
        return setting(name)
                .map(urls -> urls.each().map(ConfigValue::address).toList())
                .orElse(List.of());
    }
}
