package io.dlrouter.server;

import com.squareup.moshi.Moshi;
import io.dlrouter.Router;
import io.dlrouter.server.metrics.GatewayListeners;
import io.dlrouter.server.options.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A gateway on a free port, as its command line makes it, and a client of it. */
final class Gateway implements AutoCloseable {
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    final Router router;
    final RouterServer server;

    private Gateway(ServerOptions options) throws IOException {
        GatewayListeners listeners = options.listeners();
        this.router = options.router(listeners.metrics().router(), listeners.accessLog());
        this.server = RouterServer.start(router, options.settings(), listeners);
    }

    /** Serves vLLM nodes without a node table, unless the arguments say otherwise. */
    static Gateway start(String... arguments) throws IOException {
        Stream<String> defaults =
                Stream.of("--server_name", "127.0.0.1", "--server_port", "0", "--disable_cache_status");
        boolean namesBackend = List.of(arguments).contains("--backend");
        return new Gateway(ServerOptions.parse(
                namesBackend ? Map.of() : Map.of("DLROUTER_BACKEND", "vllm"),
                Stream.concat(defaults, Stream.of(arguments)).toArray(String[]::new)));
    }

    /** @param headers names and values in turn */
    HttpResponse<String> get(String path, String... headers) throws Exception {
        return send("GET", path, "", headers);
    }

    HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        return send("POST", path, body, headers);
    }

    /** Posts a request for whose response it matters whether it is whole. */
    StrictResponse postStrictly(String path, String body) throws IOException {
        try (RawClient client = new RawClient(this)) {
            return client.post(path, body).response();
        }
    }

    HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    /** The nodes by their names, as {@code GET /nodes/status} gives them. */
    @SuppressWarnings("unchecked")
    Map<String, Map<String, Object>> nodes(String... headers) throws Exception {
        return (Map<String, Map<String, Object>>) json(get("/nodes/status", headers));
    }

    static Object json(HttpResponse<String> response) throws IOException {
        Object value = new Moshi.Builder()
                .build()
                .adapter(Object.class)
                .serializeNulls()
                .fromJson(response.body());
        return value == null ? List.of() : value;
    }

    /** A member of the error that a response carries. */
    static String error(HttpResponse<String> response, String member) throws IOException {
        return json(response) instanceof Map<?, ?> body && body.get("error") instanceof Map<?, ?> error
                ? String.valueOf(error.get(member))
                : "no error: " + response.body();
    }

    @Override
    public void close() {
        server.close();
        router.close();
    }
}
