package io.dlrouter.core.pd.twostage;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.BodyEdit;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The prompt tokens that prefill reported. Decode reports tokens of the fetched cache as cached, so only its generated
 * tokens are correct.
 *
 * @param details the JSON text of {@code prompt_tokens_details}, if prefill reported any
 */
public record PromptUsage(long promptTokens, Optional<String> details) {
    private static final String PROMPT = "prompt_tokens";
    private static final String DETAILS = "prompt_tokens_details";
    private static final String COMPLETION = "completion_tokens";
    private static final String TOTAL = "total_tokens";

    /** The usage in a response; empty if it has none. */
    static Optional<PromptUsage> of(JsonObject response) {
        return response.object("usage")
                .flatMap(usage -> usage.number(PROMPT)
                        .map(tokens -> new PromptUsage(
                                tokens, usage.text(DETAILS).filter(details -> !details.equals("null")))));
    }

    /** The JSON text of decode's usage with this prompt. */
    String in(JsonObject usage) {
        BodyEdit edit = BodyEdit.NONE
                .removing(DETAILS)
                .setting(PROMPT, Long.toString(promptTokens))
                .setting(
                        TOTAL,
                        Long.toString(promptTokens + usage.number(COMPLETION).orElse(0L)));
        BodyEdit whole = details.map(text -> edit.setting(DETAILS, text)).orElse(edit);
        return new String(usage.edited(whole), StandardCharsets.UTF_8);
    }
}
