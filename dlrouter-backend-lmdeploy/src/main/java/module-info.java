/** The backend {@code lmdeploy}, found by its name. */
module io.dlrouter.backend.lmdeploy {
    requires transitive io.dlrouter.api;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.dlrouter.backend.lmdeploy;

    provides io.dlrouter.spi.BackendAdapter.Provider with
            io.dlrouter.backend.lmdeploy.LmdeployBackend.Provider;
}
