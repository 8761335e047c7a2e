/** Metrics of a router for Micrometer. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer
module io.dlrouter.micrometer {
    requires transitive io.dlrouter.api;
    requires transitive micrometer.core;
    requires static org.jspecify;

    exports io.dlrouter.micrometer;
}
