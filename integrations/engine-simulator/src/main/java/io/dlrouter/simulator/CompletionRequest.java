package io.dlrouter.simulator;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What a chat or text completion request says that makes a difference to a simulated engine. */
record CompletionRequest(RecordedRequest request, JsonBody body) {
    private static final List<String> PROMPTS = List.of("prompt", "text", "input_ids");

    static CompletionRequest of(RecordedRequest request) {
        return new CompletionRequest(request, JsonBody.of(request));
    }

    /** The id that the client or a router gave the request, empty when none did. */
    String requestId() {
        return request.header("x-request-id").orElse("");
    }

    @Nullable
    String model() {
        return body.text("model").orElse(null);
    }

    boolean streamed() {
        return body.isTrue("stream");
    }

    boolean includesUsage() {
        return body.child("stream_options").isTrue("include_usage");
    }

    /** Whether every event is to have the usage so far, and not only the last. */
    boolean includesUsageInEach() {
        return includesUsage() && body.child("stream_options").isTrue("continuous_usage_stats");
    }

    /** The most tokens wanted, if said; the newer member wins over the older one, as in the engines. */
    Optional<Integer> limit() {
        return body.integer("max_completion_tokens").or(() -> body.integer("max_tokens"));
    }

    /** Choices to respond with: {@code n} for each prompt. */
    int choices() {
        return body.integer("n").orElse(1) * batch().orElse(1);
    }

    /** How often each prompt is to be served, as {@code /generate} says it or as every other route does. */
    int samples() {
        JsonBody counting = request.path().equals("/generate") ? body.child("sampling_params") : body;
        return counting.integer("n").orElse(1);
    }

    /** The prompt of anything but a chat, or a list of several; empty when there is none. */
    Optional<Object> prompt() {
        return PROMPTS.stream().filter(body::has).findFirst().map(body::any);
    }

    /** How many prompts there are when they come in a list; the ids of tokens are one prompt, and not such a list. */
    OptionalInt batch() {
        return prompt().orElse("") instanceof List<?> list && !list.isEmpty() && !(list.get(0) instanceof Double)
                ? OptionalInt.of(list.size())
                : OptionalInt.empty();
    }

    /** The name of the tool that the model is to call, empty for a text. */
    String calledTool() {
        List<?> tools = body.list("tools");
        if (tools.isEmpty() || "none".equals(body.any("tool_choice"))) {
            return "";
        }
        return tools.get(0) instanceof Map<?, ?> tool
                ? new JsonBody(tool).child("function").text("name").orElse("")
                : "";
    }

    boolean wantsJson() {
        return body.child("response_format")
                .text("type")
                .filter("json_schema"::equals)
                .isPresent();
    }

    /** How many alternatives each token comes with, -1 when no log probabilities are wanted. */
    int alternatives() {
        if (body.any("logprobs") instanceof Double count) {
            return count.intValue();
        }
        return body.isTrue("logprobs") ? body.integer("top_logprobs").orElse(0) : -1;
    }

    /** Words of text and token ids given, at least one. */
    int promptTokens() {
        return (int) Math.max(1, tokens(body.any("messages")) + tokens(prompt().orElse(null)));
    }

    /** The same of one prompt of several, or of the only one. */
    int promptTokens(int index) {
        return batch().isPresent() && prompt().orElse("") instanceof List<?> list
                ? (int) Math.max(1, tokens(list.get(index)))
                : promptTokens();
    }

    private static long tokens(@Nullable Object value) {
        if (value instanceof String text) {
            return text.split("\\s+", -1).length;
        }
        if (value instanceof List<?> list) {
            return list.stream().mapToLong(CompletionRequest::tokens).sum();
        }
        if (value instanceof Map<?, ?> message) {
            return tokens(message.get("content")) + tokens(message.get("text"));
        }
        return value == null ? 0 : 1;
    }
}
