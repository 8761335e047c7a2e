package io.dlrouter.core;

import io.dlrouter.Role;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.RoutingStrategy;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Backends and strategies by their names, the router's own and those of others.
 *
 * @param loader where their providers are found; null for the class loader of the system
 * @param options what the providers are told
 */
record Plugins(@Nullable ClassLoader loader, Map<String, String> options) {
    Plugins {
        options = Map.copyOf(options);
    }

    /** The backends of these names, in their order. */
    Map<String, BackendAdapter> backends(List<String> names) {
        Providers<BackendAdapter.Provider> providers =
                new Providers<>(BackendAdapter.Provider.class, BackendAdapter.Provider::name, "backend", loader);
        Map<String, BackendAdapter> backends = new LinkedHashMap<>();
        names.forEach(name -> backends.put(name, providers.make(name, provider -> provider.create(options))));
        return backends;
    }

    /** What makes the strategies of each role, once each has shown that it can. */
    Map<Role, RoutingStrategy.Provider> strategies(Function<Role, String> nameOf) {
        Providers<RoutingStrategy.Provider> providers = new Providers<>(
                RoutingStrategy.Provider.class, RoutingStrategy.Provider::name, "routing_strategy", loader);
        Map<Role, RoutingStrategy.Provider> strategies = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            String name = nameOf.apply(role);
            RoutingStrategy unused = providers.make(name, provider -> provider.create(options));
            strategies.put(role, providers.named(name));
        }
        return strategies;
    }
}
