/** Routes the calls of OkHttp clients in process. */
@SuppressWarnings("requires-automatic") // Okio
module io.dlrouter.okhttp {
    requires transitive io.dlrouter.api;
    requires io.dlrouter.core;
    requires transitive okhttp3;
    requires okio;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.dlrouter.okhttp;
}
