/** A service that embeds the router, with a strategy and a backend of its own. */
module com.example.consumer {
    requires io.dlrouter.api;
    requires io.dlrouter.core;
    requires io.dlrouter.micrometer;
    requires io.dlrouter.okhttp;
    requires micrometer.core;
    requires okhttp3;
    // The engine of the test.
    requires jdk.httpserver;

    exports com.example.consumer;

    provides io.dlrouter.spi.BackendAdapter.Provider with
            com.example.consumer.HouseBackend.Provider;
    provides io.dlrouter.spi.RoutingStrategy.Provider with
            com.example.consumer.FewestInFlight.Provider;
}
