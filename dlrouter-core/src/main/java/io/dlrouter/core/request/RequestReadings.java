package io.dlrouter.core.request;

import io.dlrouter.InferenceRequest;
import io.dlrouter.spi.Prompt;
import org.jspecify.annotations.Nullable;

/**
 * Values of a request that are read on demand, once for all roles. Safe for use by many threads: concurrent readers
 * compute the same value.
 */
final class RequestReadings {
    private final InferenceRequest request;
    private final RequestContent content;
    private volatile @Nullable String sessionKey;
    private volatile @Nullable Prompt prompt;

    RequestReadings(InferenceRequest request, RequestContent content) {
        this.request = request;
        this.content = content;
    }

    String sessionKey() {
        String known = sessionKey;
        if (known == null) {
            known = new SessionKey(request, content).read();
            sessionKey = known;
        }
        return known;
    }

    Prompt prompt() {
        Prompt known = prompt;
        if (known == null) {
            known = new PromptReader(content.members()).read();
            prompt = known;
        }
        return known;
    }
}
