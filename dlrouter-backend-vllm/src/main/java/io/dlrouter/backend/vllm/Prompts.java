package io.dlrouter.backend.vllm;

import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.JsonValue.Kind;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The prompts of a request: how many there are, and about how long. Of a prompt that is an array, token ids are one prompt,
 * strings or arrays of token ids are one each.
 */
final class Prompts {
    private static final int BYTES_PER_TOKEN = 4;

    private Prompts() {}

    /** How many prompts a completion request has, as {@code prompt} and as {@code prompt_embeds}. */
    static int count(JsonMembers request) {
        return count(request.given("prompt")) + count(request.given("prompt_embeds"));
    }

    /** The tokens of the prompt: token ids are counted, text is taken to have one for every four bytes. */
    static int tokens(JsonMembers request) {
        Optional<JsonValue> messages = request.given("messages");
        if (messages.isPresent()) {
            int tools = request.given("tools").map(JsonValue::length).orElse(0);
            return tokensOf(messages.get().length() + tools);
        }
        return request.given("prompt").map(Prompts::tokensOf).orElse(0);
    }

    private static int count(Optional<JsonValue> member) {
        return member.filter(prompt -> !prompt.is("\"\"")).map(Prompts::countOf).orElse(0);
    }

    private static int countOf(JsonValue prompt) {
        return prompt.elements().allMatch(Prompts::isId)
                ? 1
                : (int) prompt.elements().count();
    }

    private static int tokensOf(JsonValue prompt) {
        long ids = prompt.elements().flatMap(Prompts::idsIn).count();
        return ids > 0 ? (int) ids : tokensOf(prompt.length());
    }

    private static Stream<JsonValue> idsIn(JsonValue element) {
        return isId(element) ? Stream.of(element) : element.elements().filter(Prompts::isId);
    }

    private static boolean isId(JsonValue value) {
        return value.kind() == Kind.NUMBER;
    }

    private static int tokensOf(int bytes) {
        return (bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }
}
