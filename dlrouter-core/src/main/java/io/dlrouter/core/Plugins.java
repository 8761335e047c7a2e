package io.dlrouter.core;

import io.dlrouter.Role;
import io.dlrouter.core.fleet.StrategyFactory;
import io.dlrouter.core.plugin.Providers;
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
 * @param ownBackends given to the builder
 * @param ownStrategies given to the builder
 */
record Plugins(
        @Nullable ClassLoader loader,
        Map<String, String> options,
        List<BackendAdapter.Provider> ownBackends,
        List<RoutingStrategy.Provider> ownStrategies) {
    Plugins {
        options = Map.copyOf(options);
        ownBackends = List.copyOf(ownBackends);
        ownStrategies = List.copyOf(ownStrategies);
    }

    Plugins(@Nullable ClassLoader loader, Map<String, String> options) {
        this(loader, options, List.of(), List.of());
    }

    /** The backends of these names, in their order. */
    Map<String, BackendAdapter> backends(List<String> names) {
        Providers<BackendAdapter.Provider> providers = new Providers<>(
                        BackendAdapter.Provider.class,
                        BackendAdapter.Provider::name,
                        "backend",
                        "dlrouter-backend-vllm, dlrouter-backend-sglang and dlrouter-backend-lmdeploy bring one each",
                        loader)
                .with(ownBackends, BackendAdapter.Provider::name);
        Map<String, BackendAdapter> backends = new LinkedHashMap<>();
        names.forEach(name -> backends.put(name, backend(providers, name)));
        return backends;
    }

    private BackendAdapter backend(Providers<BackendAdapter.Provider> providers, String name) {
        BackendAdapter backend = providers.make(name, provider -> provider.create(options));
        return providers.make(name, provider -> named(name, backend));
    }

    private static BackendAdapter named(String name, BackendAdapter backend) {
        if (!backend.name().equals(name)) {
            throw new IllegalStateException(
                    "it made a backend of the name " + backend.name() + " (expected: " + name + ", its own)");
        }
        return backend;
    }

    /** What makes the strategies of each role, once each has shown that it can. */
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
