/** The router. Applications use {@code RouterBuilder}; other packages are exported to DLRouter's own modules only. */
@SuppressWarnings({"requires-automatic", "module"
}) // Moshi and Okio are automatic modules; io.dlrouter.server is not one
module io.dlrouter.core {
    requires transitive io.dlrouter.api;
    requires com.squareup.moshi;
    requires okio;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.dlrouter.core;
    exports io.dlrouter.core.strategy;
    exports io.dlrouter.core.openai to
            io.dlrouter.okhttp,
            io.dlrouter.server;
    exports io.dlrouter.core.plugin to
            io.dlrouter.replay,
            io.dlrouter.server;

    opens io.dlrouter.core.membership to
            com.squareup.moshi;

    uses io.dlrouter.spi.BackendAdapter.Provider;
    uses io.dlrouter.spi.RoutingStrategy.Provider;

    provides io.dlrouter.spi.RoutingStrategy.Provider with
            io.dlrouter.core.strategy.ConsistentHash.Provider,
            io.dlrouter.core.strategy.MinExpectedLatency.Provider,
            io.dlrouter.core.strategy.MinObservedLatency.Provider,
            io.dlrouter.core.strategy.PrefixCache.Provider,
            io.dlrouter.core.strategy.RoundRobin.Provider,
            io.dlrouter.core.strategy.WeightedRandom.Provider;
}
