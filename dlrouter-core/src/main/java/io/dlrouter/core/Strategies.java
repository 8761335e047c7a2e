package io.dlrouter.core;

import io.dlrouter.Role;
import io.dlrouter.spi.RoutingStrategy;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Makes the strategy of a pool: the one that is configured for its role. */
final class Strategies {
    private final Map<Role, RoutingStrategy.Provider> providers;
    private final Map<String, String> options;

    /** @param providers one for each role, each of which has shown that it takes the options */
    Strategies(Map<Role, RoutingStrategy.Provider> providers, Map<String, String> options) {
        this.providers = new EnumMap<>(providers);
        this.options = Map.copyOf(options);
    }

    /**
     * A strategy of one pool, under the name that configuration gives.
     *
     * @param rule to be used by this pool alone
     */
    record Named(String name, RoutingStrategy rule) {}

    Named create(Role role) {
        RoutingStrategy.Provider provider = Objects.requireNonNull(providers.get(role));
        return new Named(provider.name(), provider.create(options));
    }
}
