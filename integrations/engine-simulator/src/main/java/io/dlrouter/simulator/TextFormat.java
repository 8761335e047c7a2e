package io.dlrouter.simulator;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /v1/completions}. */
final class TextFormat implements CompletionFormat {
    @Override
    public String idPrefix() {
        return "cmpl-";
    }

    @Override
    public String object() {
        return "text_completion";
    }

    @Override
    public String eventObject() {
        return "text_completion";
    }

    @Override
    public String promptMember() {
        return "prompt";
    }

    @Override
    public Map<String, @Nullable Object> choice(int index, Output output, int alternatives) {
        Object logprobs = alternatives < 0 ? null : Logprobs.ofText(output, 0, output.size(), alternatives);
        return choice(index, output.all(), logprobs, output.finishReason());
    }

    @Override
    public Optional<Map<String, @Nullable Object>> opening(int index, StreamStyle style) {
        return Optional.empty();
    }

    @Override
    public Map<String, @Nullable Object> token(
            int index, Output output, int token, int alternatives, StreamStyle style) {
        Object logprobs = alternatives < 0 ? null : Logprobs.ofText(output, token, token + 1, alternatives);
        return choice(index, output.token().apply(token), logprobs, null);
    }

    @Override
    public Map<String, @Nullable Object> ending(int index, Output output, StreamStyle style) {
        return choice(index, "", null, output.finishReason());
    }

    private static Map<String, @Nullable Object> choice(
            int index, String text, @Nullable Object logprobs, @Nullable String finishReason) {
        return Json.object("index", index, "text", text, "logprobs", logprobs, "finish_reason", finishReason);
    }
}
