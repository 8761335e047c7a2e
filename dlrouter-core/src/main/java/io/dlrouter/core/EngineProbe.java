package io.dlrouter.core;

import io.dlrouter.ModelCard;
import io.dlrouter.spi.BackendAdapter;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks engines how they are and what they serve. Each call blocks for at most its limit. */
final class EngineProbe {
    private final OkHttpNodeClient client;
    private final @Nullable String apiKey;

    EngineProbe(OkHttpNodeClient client, @Nullable String apiKey) {
        this.client = client;
        this.apiKey = apiKey;
    }

    /** @throws IOException if the engine does not answer */
    BackendAdapter.Health health(URI engine, BackendAdapter backend, Duration limit) throws IOException {
        OkHttpNodeClient.Answer answer = client.get(engine, "/health", apiKey, limit);
        return backend.health(answer.status(), answer.body());
    }

    /** @throws IOException if the engine does not answer, or not with its models */
    List<ModelCard> models(URI engine, Duration limit) throws IOException {
        OkHttpNodeClient.Answer answer = client.get(engine, "/v1/models", apiKey, limit);
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
        return client.get(engine, "/terminate", apiKey, limit).status();
    }
}
