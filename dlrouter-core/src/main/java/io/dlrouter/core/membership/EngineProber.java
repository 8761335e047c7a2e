package io.dlrouter.core.membership;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.ModelCard;
import io.dlrouter.NodeSpec;
import io.dlrouter.core.fleet.ModelCards;
import io.dlrouter.core.http.NodeConnector;
import io.dlrouter.core.http.ProbeCall;
import io.dlrouter.core.http.RequestHead;
import io.dlrouter.core.runtime.Deadlines;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.RouterClock;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Probes engines, requests their models and descriptions, and sends the calls of backends, each on its own connection
 * and within its time limit. Uses the same connections as requests, see {@code docs/decisions}. Safe for use by many
 * threads.
 */
public final class EngineProber implements NodeClient, AutoCloseable {
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;

    private final Deadlines deadlines;
    private final Set<ProbeCall> underWay = ConcurrentHashMap.newKeySet();
    private final NodeConnector connector;
    private final @Nullable String apiKey;
    private volatile boolean closed;

    /**
     * A prober with these connections.
     *
     * @param apiKey a Bearer token for engines
     */
    public EngineProber(NodeConnector connector, @Nullable String apiKey, RouterClock clock) {
        this.connector = connector;
        this.apiKey = apiKey;
        this.deadlines = new Deadlines(clock);
    }

    /** @throws IOException if the engine does not respond */
    BackendAdapter.Health health(URI engine, BackendAdapter backend, Duration limit) throws IOException {
        Response response = get(engine, "/health", limit);
        return backend.health(response.status(), response.body());
    }

    /**
     * An engine's description.
     *
     * @param paths routes of the description, requested in this order
     * @return empty if none of the routes exists
     * @throws IOException without a valid response
     */
    Optional<String> description(URI engine, List<String> paths, Duration limit) throws IOException {
        for (String path : paths) {
            Response response = get(engine, path, limit);
            if (response.status() == 200) {
                return Optional.of(response.body());
            }
            if (response.status() != NOT_FOUND && response.status() != NOT_ALLOWED) {
                throw new IOException(
                        "GET " + path + " was responded with status " + response.status() + " (expected: 200)");
            }
        }
        return Optional.empty();
    }

    /** @throws IOException if the engine does not respond with its models */
    List<ModelCard> models(URI engine, Duration limit) throws IOException {
        Response response = get(engine, "/v1/models", limit);
        if (response.status() != 200) {
            throw new IOException("GET /v1/models was responded with status " + response.status() + " (expected: 200)");
        }
        return ModelCards.parse(response.body());
    }

    /**
     * Asks an engine to terminate, which LMDeploy does when it was started with {@code --allow-terminate-by-client}.
     *
     * @return the status of its response
     * @throws IOException if it does not respond
     */
    int terminate(URI engine, Duration limit) throws IOException {
        return get(engine, "/terminate", limit).status();
    }

    @Override
    public Response get(NodeSpec node, String path, Duration limit) throws IOException {
        return get(node.address().url(), path, limit);
    }

    @Override
    public Response post(NodeSpec node, EngineCall call, Duration limit) throws IOException {
        byte[] body = call.json().getBytes(UTF_8);
        Map<String, String> headers =
                Map.of("Content-Type", "application/json", "Content-Length", Integer.toString(body.length));
        return response(node.address().url(), "POST", call.path(), headers, body, limit);
    }

    private Response get(URI engine, String path, Duration limit) throws IOException {
        return response(engine, "GET", path, Map.of(), new byte[0], limit);
    }

    private Response response(
            URI engine, String method, String path, Map<String, String> described, byte[] body, Duration limit)
            throws IOException {
        Map<String, String> headers = new LinkedHashMap<>(described);
        headers.put("Connection", "close");
        if (apiKey != null) {
            headers.put("Authorization", "Bearer " + apiKey);
        }
        return response(
                new ProbeCall(connector, engine, limit), RequestHead.of(method, engine, path, headers), body, limit);
    }

    private Response response(ProbeCall call, byte[] head, byte[] body, Duration limit) throws IOException {
        Deadlines.Deadline deadline = deadlines.start(limit, call::end);
        underWay.add(call);
        try {
            if (closed) {
                throw new IOException("the router was closed");
            }
            return call.response(head, body);
        } finally {
            underWay.remove(call);
            deadline.cancel();
        }
    }

    /** Ends the calls in progress. */
    @Override
    public void close() {
        closed = true;
        underWay.forEach(ProbeCall::end);
        deadlines.close();
    }
}
