package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.json.JsonValue;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a prefill left, as its response says: members that {@code lmdeploy/serve/openai} adds where a request has
 * {@code with_cache}.
 *
 * @param owner the session that holds the cache, by the prefill engine's own number
 * @param blocks JSON text: the numbers of the blocks that the cache lies in
 * @param token the first token, which decode gives out before its own
 */
record PrefilledCache(long owner, String blocks, long token) {
    static final String BLOCKS = "cache_block_ids";
    static final String TOKENS = "remote_token_ids";
    static final String OWNER = "cache_session_id";

    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");

    /** @throws IllegalArgumentException if the response does not say it all */
    static PrefilledCache of(JsonMembers response) {
        List<Long> blocks = numbers(response, BLOCKS);
        List<Long> tokens = numbers(response, TOKENS);
        return new PrefilledCache(
                owner(response).orElseThrow(() -> new IllegalArgumentException(noOwner(response))),
                blocks.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]")),
                tokens.get(tokens.size() - 1));
    }

    /**
     * The session that holds the cache; empty if the engine does not say. It has a member of its own in releases that
     * are to come. Up to 0.11, and for chat up to 0.14, it is the {@code id} of the response; since then that is a name
     * for show.
     */
    static OptionalLong owner(JsonMembers response) {
        OptionalLong owner = response.given(OWNER).map(JsonValue::integer).orElse(OptionalLong.empty());
        return owner.orElse(-1) >= 0 ? owner : digits(response);
    }

    private static OptionalLong digits(JsonMembers response) {
        return response.member("id")
                .flatMap(JsonValue::string)
                .filter(id -> DIGITS.matcher(id).matches())
                .map(id -> OptionalLong.of(Long.parseLong(id)))
                .orElse(OptionalLong.empty());
    }

    private static List<Long> numbers(JsonMembers response, String name) {
        List<Long> numbers = response.member(name).stream()
                .flatMap(JsonValue::elements)
                .map(element -> number(name, element))
                .toList();
        if (numbers.isEmpty()) {
            throw invalid(name, "none");
        }
        return numbers;
    }

    private static long number(String name, JsonValue element) {
        long number = element.integer().orElse(-1);
        if (number < 0) {
            throw invalid(name, "another element");
        }
        return number;
    }

    private static IllegalArgumentException invalid(String name, String found) {
        return new IllegalArgumentException(name + ": " + found + " (expected: numbers of 0 or more, at least one)");
    }

    /** Why an engine that responds so is of no use. */
    static String noOwner(JsonMembers response) {
        return "the engine does not expose its cache owner: id: "
                + response.given("id").map(JsonValue::text).orElse("none") + ", " + OWNER + ": "
                + response.given(OWNER).map(JsonValue::text).orElse("none")
                + " (expected: a release of LMDeploy that answers " + OWNER + ", or an id that is a number)";
    }
}
