package io.dlrouter.core;

import io.dlrouter.Role;
import io.dlrouter.core.fleet.StrategyFactory;
import io.dlrouter.core.plugin.Providers;
import io.dlrouter.core.request.ReservedNames;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.RoutingStrategy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds backends and strategies by name.
 *
 * @param loader finds their providers; null for the class loader of the system
 * @param options passed to the providers
 * @param ownBackends of the builder
 * @param ownStrategies of the builder
 */
record Plugins(
        @Nullable ClassLoader loader,
        Map<String, String> options,
        List<BackendAdapter.Provider> ownBackends,
        List<RoutingStrategy.Provider> ownStrategies) {
    private static final Logger LOG = LoggerFactory.getLogger(Plugins.class);

    Plugins {
        options = Map.copyOf(options);
        ownBackends = List.copyOf(ownBackends);
        ownStrategies = List.copyOf(ownStrategies);
    }

    Plugins(@Nullable ClassLoader loader, Map<String, String> options) {
        this(loader, options, List.of(), List.of());
    }

    /** The backends of these names, in their order. */
    Map<String, BackendAdapter> backends(Providers<BackendAdapter.Provider> providers, List<String> names) {
        Map<String, BackendAdapter> backends = new LinkedHashMap<>();
        names.forEach(name -> backends.put(name, backend(providers, name)));
        return backends;
    }

    /** Searches the class path and the plug-ins for backends, in addition to those of the builder. */
    Providers<BackendAdapter.Provider> backendProviders() {
        return Providers.ofBackends(loader).with(ownBackends, BackendAdapter.Provider::name);
    }

    /**
     * The configured backends, and all other installed ones with default options: what they reserve is removed from
     * requests to every kind of engine. A backend that is not configured and fails is left out.
     */
    List<BackendAdapter> installedBeside(
            Map<String, BackendAdapter> configured, Providers<BackendAdapter.Provider> providers) {
        List<BackendAdapter> installed = new ArrayList<>(configured.values());
        for (String name : providers.names()) {
            if (!configured.containsKey(name)) {
                unconfigured(providers, name).ifPresent(installed::add);
            }
        }
        return installed;
    }

    private static Optional<BackendAdapter> unconfigured(Providers<BackendAdapter.Provider> providers, String name) {
        try {
            return Optional.of(providers.make(name, Plugins::withReservedNames));
        } catch (IllegalArgumentException e) {
            LOG.debug(
                    "Reserved members and headers of backend {} are unknown: it cannot be created without options",
                    name,
                    e);
            return Optional.empty();
        }
    }

    private static BackendAdapter withReservedNames(BackendAdapter.Provider provider) {
        BackendAdapter backend = provider.create(Map.of());
        ReservedNames.of(List.of(backend));
        return backend;
    }

    private BackendAdapter backend(Providers<BackendAdapter.Provider> providers, String name) {
        BackendAdapter backend = providers.make(name, provider -> provider.create(options));
        return providers.make(name, provider -> named(name, backend));
    }

    private static BackendAdapter named(String name, BackendAdapter backend) {
        if (!backend.name().equals(name)) {
            throw new IllegalStateException(
                    "it created a backend named " + backend.name() + " (expected: " + name + ")");
        }
        return backend;
    }

    /** Creates the strategies of each role, after checking that each can be created. */
    StrategyFactory strategies(Function<Role, String> nameOf) {
        Map<Role, String> names = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            names.put(role, nameOf.apply(role));
        }
        return new StrategyFactory(
                Providers.ofStrategies("routing_strategy", loader).with(ownStrategies, RoutingStrategy.Provider::name),
                names,
                options);
    }
}
