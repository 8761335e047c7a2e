package io.dlrouter.backend.vllm;

import io.dlrouter.spi.JsonMembers;
import java.util.Optional;

/** The prompts of a request: how many there are, and about how long. */
final class Prompts {
    private static final int BYTES_PER_TOKEN = 4;

    private Prompts() {}

    /** How many prompts a completion request has, as {@code prompt} and as {@code prompt_embeds}. */
    static int count(JsonMembers request) {
        return count(JsonValue.of(request, "prompt")) + count(JsonValue.of(request, "prompt_embeds"));
    }

    /** The tokens of the prompt: token ids are counted, text is taken to have one for every four bytes. */
    static int tokens(JsonMembers request) {
        Optional<JsonValue> messages = JsonValue.of(request, "messages");
        if (messages.isPresent()) {
            int tools = JsonValue.of(request, "tools").map(JsonValue::length).orElse(0);
            return tokensOf(messages.get().length() + tools);
        }
        return JsonValue.of(request, "prompt").map(Prompts::tokensOf).orElse(0);
    }

    private static int count(Optional<JsonValue> member) {
        return member.filter(prompt -> !prompt.is("\"\"")).map(Prompts::countOf).orElse(0);
    }

    private static int countOf(JsonValue prompt) {
        return prompt.at(0) == '[' ? PromptArray.read(prompt).prompts() : 1;
    }

    private static int tokensOf(JsonValue prompt) {
        int ids = prompt.at(0) == '[' ? PromptArray.read(prompt).tokens() : 0;
        return ids > 0 ? ids : tokensOf(prompt.length());
    }

    private static int tokensOf(int bytes) {
        return (bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }
}
