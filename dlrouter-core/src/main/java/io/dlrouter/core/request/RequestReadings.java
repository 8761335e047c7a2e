package io.dlrouter.core.request;

import io.dlrouter.InferenceRequest;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.Prompt;
import org.jspecify.annotations.Nullable;

/**
 * What is read of a request only if somebody asks, and then once, for whichever role that is. Safe for use by many
 * threads: two that ask at the same time read the same.
 */
final class RequestReadings {
    private final InferenceRequest request;
    private final JsonObject body;
    private volatile @Nullable String sessionKey;
    private volatile @Nullable Prompt prompt;

    RequestReadings(InferenceRequest request, JsonObject body) {
        this.request = request;
        this.body = body;
    }

    String sessionKey() {
        String known = sessionKey;
        if (known == null) {
            known = new SessionKey(request, body).read();
            sessionKey = known;
        }
        return known;
    }

    Prompt prompt() {
        Prompt known = prompt;
        if (known == null) {
            known = new PromptReader(body).read();
            prompt = known;
        }
        return known;
    }
}
