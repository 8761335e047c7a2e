/** A service that embeds the router. */
module com.example.consumer {
    requires io.dlrouter.api;
    requires io.dlrouter.core;
    // Found by name at run time; named here so that the module path has them.
    requires io.dlrouter.backend.lmdeploy;
    requires io.dlrouter.backend.sglang;
    requires io.dlrouter.backend.vllm;
    // The engine of the test.
    requires jdk.httpserver;

    exports com.example.consumer;
}
