package io.dlrouter.core.fleet;

import io.dlrouter.spi.RoutingStrategy;

/**
 * The strategy of one pool, under its name in the configuration.
 *
 * @param rule used by this pool alone
 */
public record NamedStrategy(String name, RoutingStrategy rule) {}
