package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.ModelCard;
import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.NodeCall;
import io.dlrouter.spi.NodeClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import okhttp3.ConnectionSpec;
import okhttp3.Dispatcher;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Asks engines how they are and what they serve, and makes the small calls of backends, on connections of its own. Each call blocks for at most its limit. Beside
 * {@link RouterInterceptor} the one class that knows OkHttp. Safe for use by many threads.
 */
final class EngineProbe implements NodeClient, AutoCloseable {
    private static final MediaType JSON = MediaType.get("application/json");
    private static final long MAX_BYTES = 4L << 20;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;

    private final Dispatcher calls = new Dispatcher();
    private final @Nullable String apiKey;

    /** @param apiKey a Bearer token that engines ask for */
    EngineProbe(@Nullable String apiKey) {
        this.apiKey = apiKey;
    }

    /** @throws IOException if the engine does not answer */
    BackendAdapter.Health health(URI engine, BackendAdapter backend, Duration limit) throws IOException {
        Answer answer = get(engine, "/health", limit);
        return backend.health(answer.status(), answer.body());
    }

    /**
     * What an engine says of itself.
     *
     * @param paths where it may say so, asked in this order
     * @return empty if it knows none of these paths
     * @throws IOException if it does not answer, or not with that
     */
    Optional<String> description(URI engine, List<String> paths, Duration limit) throws IOException {
        for (String path : paths) {
            Answer answer = get(engine, path, limit);
            if (answer.status() == 200) {
                return Optional.of(answer.body());
            }
            if (answer.status() != NOT_FOUND && answer.status() != NOT_ALLOWED) {
                throw new IOException(
                        "GET " + path + " was answered with status " + answer.status() + " (expected: 200)");
            }
        }
        return Optional.empty();
    }

    /** @throws IOException if the engine does not answer, or not with its models */
    List<ModelCard> models(URI engine, Duration limit) throws IOException {
        Answer answer = get(engine, "/v1/models", limit);
        if (answer.status() != 200) {
            throw new IOException("GET /v1/models was answered with status " + answer.status() + " (expected: 200)");
        }
        return ModelCards.parse(answer.body());
    }

    /**
     * Asks an engine to end itself, as LMDeploy does when it was started with {@code --allow-terminate-by-client}.
     *
     * @return the status of its answer
     * @throws IOException if it does not answer
     */
    int terminate(URI engine, Duration limit) throws IOException {
        return get(engine, "/terminate", limit).status();
    }

    @Override
    public Answer get(NodeSpec node, String path, Duration limit) throws IOException {
        return get(node.address().url(), path, limit);
    }

    @Override
    public Answer post(NodeSpec node, NodeCall call, Duration limit) throws IOException {
        URI engine = node.address().url();
        RequestBody body = RequestBody.create(call.json().getBytes(UTF_8), JSON);
        return answer(engine, new Request.Builder().url(engine + call.path()).post(body), limit);
    }

    private Answer get(URI engine, String path, Duration limit) throws IOException {
        return answer(engine, new Request.Builder().url(engine + path), limit);
    }

    private Answer answer(URI engine, Request.Builder request, Duration limit) throws IOException {
        request.header("Connection", "close");
        if (apiKey != null) {
            request.header("Authorization", "Bearer " + apiKey);
        }
        try (Response response = client(engine, limit).newCall(request.build()).execute()) {
            return new Answer(response.code(), response.peekBody(MAX_BYTES).string());
        }
    }

    private OkHttpClient client(URI engine, Duration limit) {
        OkHttpClient.Builder client = Plain.CLIENT
                .newBuilder()
                .dispatcher(calls)
                .connectTimeout(limit)
                .callTimeout(limit);
        return engine.getScheme().equalsIgnoreCase("https")
                ? client.connectionSpecs(List.of(ConnectionSpec.MODERN_TLS)).build()
                : client.build();
    }

    /** Ends the calls under way. */
    @Override
    public void close() {
        calls.cancelAll();
    }

    /**
     * The client of all probes, made for the first one and not with a router: the library takes a quarter of the time to
     * start, and a request that knows where to go need not wait for it.
     */
    private static final class Plain {
        /** Knows no TLS, because to read the trusted certificates takes a tenth of the time to start. */
        static final OkHttpClient CLIENT = new OkHttpClient.Builder()
                .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT))
                .readTimeout(Duration.ZERO)
                .followRedirects(false)
                .fastFallback(false)
                .build();
    }
}
