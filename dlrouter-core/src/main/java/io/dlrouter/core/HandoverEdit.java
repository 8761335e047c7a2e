package io.dlrouter.core;

import io.dlrouter.spi.BodyEdit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the answer of a decode node that took a KV cache over what the client is to see.
 *
 * @param hidden members that are between engines and router
 * @param prompt what prefill counted, if decode is not to be believed
 */
record HandoverEdit(Set<String> hidden, Optional<PromptUsage> prompt) implements AnswerEdit {

    @Override
    public BodyEdit of(JsonObject answer) {
        return new BodyEdit(
                hidden,
                prompt.flatMap(counted -> answer.object("usage").map(counted::in))
                        .map(usage -> Map.of("usage", usage))
                        .orElse(Map.of()));
    }
}
