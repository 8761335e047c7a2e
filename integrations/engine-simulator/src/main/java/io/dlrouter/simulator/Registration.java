package io.dlrouter.simulator;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes an engine known to a gateway by {@code POST /nodes/add}, in the words of an LMDeploy engine. */
final class Registration {
    private static final Logger LOG = System.getLogger(Registration.class.getName());
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final URI target;
    private final @Nullable String backend;
    private final EngineRole role;

    /** Registers at this gateway; a backend that is not null is named in the request. */
    Registration(String gateway, @Nullable String backend, EngineRole role) {
        this.target = URI.create(gateway.replaceAll("/+$", "") + "/nodes/add");
        this.backend = backend;
        this.role = role;
    }

    /** Registers once. An engine that cannot serves all the same, as the real ones do, and this only logs it. */
    void register(SimulatedEngine engine, List<String> models) {
        try {
            HttpResponse<String> response =
                    client.send(request(engine.url(), models), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                LOG.log(Level.WARNING, "{0} is not registered: {1} (expected: 200)", engine, response);
            }
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "{0} is not registered: {1}", engine, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpRequest request(String url, List<String> models) {
        Map<String, @Nullable Object> body =
                Json.object("url", url, "status", Json.object("models", models, "role", role.number()));
        if (backend != null) {
            body.put("backend", backend);
        }
        return HttpRequest.newBuilder(target)
                .timeout(TIMEOUT)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.text(body)))
                .build();
    }
}
