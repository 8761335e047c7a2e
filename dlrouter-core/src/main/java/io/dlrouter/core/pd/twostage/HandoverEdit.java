package io.dlrouter.core.pd.twostage;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.pd.ResponseEdit;
import io.dlrouter.spi.BodyEdit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Edits the response of a decode node that fetched a KV cache, and detects whether it has fetched the cache. Used for
 * one response, by one thread at a time.
 */
public final class HandoverEdit implements ResponseEdit {
    private static final Set<String> FAILED = Set.of("\"error\"", "\"abort\"");

    private final Set<String> hidden;
    private final Optional<PromptUsage> prompt;
    private final boolean isProofWanted;
    private boolean hasBegun;
    private boolean provesHandover;

    /**
     * An edit of one response.
     *
     * @param hidden members to remove
     * @param prompt the usage of prefill, if it replaces that of decode
     * @param isProofWanted whether a stream is held back until its first event shows that the node has fetched the
     *     cache
     */
    public HandoverEdit(Set<String> hidden, Optional<PromptUsage> prompt, boolean isProofWanted) {
        this.hidden = hidden;
        this.prompt = prompt;
        this.isProofWanted = isProofWanted;
    }

    @Override
    public boolean hasSeenEnough() {
        return hasBegun || !isProofWanted;
    }

    /** Whether the edited part contains generated output: headers and errors prove nothing. */
    public boolean provesHandover() {
        return provesHandover;
    }

    /** Older engines mark an invalid choice by {@code "finish_reason": "error"}, with status 200. */
    private static boolean isGenerated(JsonObject response) {
        return response.objects("choices")
                .findFirst()
                .filter(choice -> !FAILED.contains(choice.text("finish_reason").orElse("null")))
                .isPresent();
    }

    @Override
    public BodyEdit of(JsonObject response) {
        hasBegun = true;
        provesHandover = provesHandover || (isProofWanted && isGenerated(response));
        return new BodyEdit(
                hidden,
                prompt.flatMap(counted -> response.object("usage").map(counted::in))
                        .map(usage -> Map.of("usage", usage))
                        .orElse(Map.of()));
    }
}
