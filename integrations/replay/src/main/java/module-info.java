/** Compares routing strategies on a trace. */
@SuppressWarnings("requires-automatic") // Moshi and Okio
module io.dlrouter.replay {
    requires transitive io.dlrouter.api;
    requires io.dlrouter.core;
    requires com.squareup.moshi;
    requires okio;
    requires static org.jspecify;

    exports io.dlrouter.replay;

    opens io.dlrouter.replay to
            com.squareup.moshi;
}
