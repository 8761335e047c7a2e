package io.dlrouter.core;

import io.dlrouter.spi.RoutingStrategy;
import java.util.Map;
import java.util.function.Supplier;

/** A strategy that the user of the builder creates for each pool. */
record OwnStrategy(String name, Supplier<? extends RoutingStrategy> strategies) implements RoutingStrategy.Provider {
    @Override
    public RoutingStrategy create(Map<String, String> options) {
        return strategies.get();
    }
}
