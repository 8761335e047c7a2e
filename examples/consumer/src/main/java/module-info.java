/** A service that embeds the router, with a strategy and a backend of its own. */
module com.example.consumer {
    requires io.dlrouter.api;
    requires io.dlrouter.core;
    // Found by name at run time; named here so that the module path has them.
    requires io.dlrouter.backend.lmdeploy;
    requires io.dlrouter.backend.sglang;
    requires io.dlrouter.backend.vllm;
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
