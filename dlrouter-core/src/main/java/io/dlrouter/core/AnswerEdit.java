package io.dlrouter.core;

import io.dlrouter.spi.BodyEdit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is changed in decode's answer, or in each event of it, before the client sees it. Every other byte stays.
 *
 * @param hidden members that are between engines and router
 * @param prompt what prefill counted, if decode is not to be believed
 */
record AnswerEdit(Set<String> hidden, Optional<PromptUsage> prompt) {

    /** The edited text; the very array that was given if nothing in it changes, or if it is not a JSON object. */
    byte[] apply(byte[] json) {
        try {
            JsonObject answer = JsonObject.read(json);
            return answer.edited(editOf(answer));
        } catch (MalformedJsonException e) {
            return json;
        }
    }

    private BodyEdit editOf(JsonObject answer) {
        return new BodyEdit(
                hidden,
                prompt.flatMap(counted -> answer.object("usage").map(counted::in))
                        .map(usage -> Map.of("usage", usage))
                        .orElse(Map.of()));
    }
}
