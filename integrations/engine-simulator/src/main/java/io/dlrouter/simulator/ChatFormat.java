package io.dlrouter.simulator;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /v1/chat/completions}. */
final class ChatFormat implements CompletionFormat {
    @Override
    public String idPrefix() {
        return "chatcmpl-";
    }

    @Override
    public String object() {
        return "chat.completion";
    }

    @Override
    public String eventObject() {
        return "chat.completion.chunk";
    }

    @Override
    public String promptMember() {
        return "messages";
    }

    @Override
    public Map<String, @Nullable Object> choice(int index, Output output, int alternatives) {
        Object logprobs = alternatives < 0 ? null : Logprobs.ofChat(output, 0, output.size(), alternatives);
        return Json.object(
                "index",
                index,
                "message",
                message(index, output),
                "logprobs",
                logprobs,
                "finish_reason",
                output.finishReason());
    }

    @Override
    public Optional<Map<String, @Nullable Object>> opening(int index, StreamStyle style) {
        return style.opensWithRole()
                ? Optional.of(event(index, Json.object("role", "assistant", "content", ""), null, null))
                : Optional.empty();
    }

    @Override
    public Map<String, @Nullable Object> token(
            int index, Output output, int token, int alternatives, StreamStyle style) {
        Map<String, @Nullable Object> delta = delta(style);
        if (output.callsTool()) {
            delta.put("tool_calls", List.of(toolCallPart(index, output, token)));
        } else {
            delta.put("content", output.token().apply(token));
        }
        Object logprobs = alternatives < 0 ? null : Logprobs.ofChat(output, token, token + 1, alternatives);
        return event(index, delta, logprobs, null);
    }

    @Override
    public Map<String, @Nullable Object> ending(int index, Output output, StreamStyle style) {
        return event(index, delta(style), null, output.finishReason());
    }

    private static Map<String, @Nullable Object> message(int index, Output output) {
        if (!output.callsTool()) {
            return Json.object("role", "assistant", "content", output.all());
        }
        Map<String, @Nullable Object> call = Json.object(
                "id", callId(index),
                "type", "function",
                "function", Json.object("name", output.tool(), "arguments", output.all()));
        return Json.object("role", "assistant", "content", null, "tool_calls", List.of(call));
    }

    private static Map<String, @Nullable Object> toolCallPart(int index, Output output, int token) {
        String arguments = output.token().apply(token);
        return token > 0
                ? Json.object("index", 0, "function", Json.object("arguments", arguments))
                : Json.object(
                        "index",
                        0,
                        "id",
                        callId(index),
                        "type",
                        "function",
                        "function",
                        Json.object("name", output.tool(), "arguments", arguments));
    }

    private static String callId(int index) {
        return "call_" + index;
    }

    private static Map<String, @Nullable Object> delta(StreamStyle style) {
        return style.opensWithRole() ? Json.object() : Json.object("role", "assistant");
    }

    private static Map<String, @Nullable Object> event(
            int index, Object delta, @Nullable Object logprobs, @Nullable String finishReason) {
        return Json.object("index", index, "delta", delta, "logprobs", logprobs, "finish_reason", finishReason);
    }
}
