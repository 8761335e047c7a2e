/** The backend {@code sglang}, found by its name. */
module io.dlrouter.backend.sglang {
    requires transitive io.dlrouter.api;
    requires static org.jspecify;

    exports io.dlrouter.backend.sglang;

    provides io.dlrouter.spi.BackendAdapter.Provider with
            io.dlrouter.backend.sglang.SglangBackend.Provider;
}
