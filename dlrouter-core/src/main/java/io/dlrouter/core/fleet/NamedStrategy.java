package io.dlrouter.core.fleet;

import io.dlrouter.spi.RoutingStrategy;

/**
 * The strategy of a pool and its name in the configuration.
 *
 * @param rule used by this pool only
 */
public record NamedStrategy(String name, RoutingStrategy rule) {}
