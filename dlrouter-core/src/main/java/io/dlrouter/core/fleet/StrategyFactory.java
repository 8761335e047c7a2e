package io.dlrouter.core.fleet;

import io.dlrouter.Role;
import io.dlrouter.core.plugin.Providers;
import io.dlrouter.spi.RoutingStrategy;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the strategies of pools, by the configuration of their roles. If that fails at run time, the pool selects the
 * node with the fewest requests in flight.
 */
public final class StrategyFactory {
    private static final Logger LOG = LoggerFactory.getLogger(StrategyFactory.class);

    private static final RoutingStrategy STAND_IN = nodes -> context -> GuardedStrategy.fewestInFlight(nodes);

    private final Providers<RoutingStrategy.Provider> providers;
    private final Map<Role, String> names;
    private final Map<String, String> options;

    /**
     * Creates one strategy of each name as a check.
     *
     * @param names of all roles
     * @throws IllegalArgumentException if a name is unknown, the provider rejects the options, or it fails
     */
    public StrategyFactory(
            Providers<RoutingStrategy.Provider> providers, Map<Role, String> names, Map<String, String> options) {
        this.providers = providers;
        this.names = new EnumMap<>(names);
        this.options = Map.copyOf(options);
        names.values().stream().distinct().forEach(this::rule);
    }

    /** The name of a role's strategy. */
    public String name(Role role) {
        return Objects.requireNonNull(names.get(role));
    }

    public NamedStrategy create(Role role) {
        String name = name(role);
        try {
            return new NamedStrategy(name, rule(name));
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "Routing strategy {} could not be created for another pool of {} nodes, which selects the node with the"
                            + " fewest requests in flight: {}",
                    name,
                    role,
                    e.getMessage(),
                    e);
            return new NamedStrategy(name, STAND_IN);
        }
    }

    private RoutingStrategy rule(String name) {
        return providers.make(name, provider -> provider.create(options));
    }
}
