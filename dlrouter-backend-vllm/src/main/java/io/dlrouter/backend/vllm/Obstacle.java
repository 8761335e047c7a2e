package io.dlrouter.backend.vllm;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.json.JsonValue;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * A member of a request that makes the response wrong if a prefill node reads the prompt and another node decodes. What
 * has a type that vLLM does not document counts as one: its models are Pydantic's, in lax mode, and take {@code "2"}
 * for 2.
 *
 * @param member its name
 * @param value what it is, without any part of a prompt
 * @param expected what it could be
 * @param reason why
 */
record Obstacle(String member, String value, String expected, String reason) {
    private static final int LONGEST_SHOWN = 40;
    private static final String ONE_CACHE = "a prefill hands over the KV cache of one sequence";
    private static final String NO_LOGITS = "a decode node has no logits of a prompt that another node read";

    /** What stands in the way of a split; empty if nothing does. */
    static Optional<Obstacle> in(JsonMembers request) {
        return several(request, "n")
                .or(() -> several(request, "best_of"))
                .or(() -> beamSearch(request))
                .or(() -> promptLogprobs(request))
                .or(() -> echoedLogprobs(request))
                .or(() -> severalPrompts(request));
    }

    /** The refusal of a request that no node can serve alone either. */
    InvalidRequestException refusal() {
        String message =
                "'%s' is %s (expected: %s): %s, and nodes that transfer over P2P NCCL only serve what can be split."
                        .formatted(member, value, expected, reason);
        return new InvalidRequestException(message, member);
    }

    private static Optional<Obstacle> several(JsonMembers request, String name) {
        return request.given(name)
                .filter(samples -> samples.number()
                        .filter(count -> count.compareTo(BigDecimal.ONE) <= 0)
                        .isEmpty())
                .map(number -> new Obstacle(name, shown(number), "1", ONE_CACHE));
    }

    private static Optional<Obstacle> beamSearch(JsonMembers request) {
        return turnedOn(request, "use_beam_search")
                .map(on -> new Obstacle("use_beam_search", shown(on), "false", ONE_CACHE));
    }

    private static Optional<Obstacle> promptLogprobs(JsonMembers request) {
        return request.given("prompt_logprobs")
                .map(number -> new Obstacle("prompt_logprobs", shown(number), "null", NO_LOGITS));
    }

    private static Optional<Obstacle> echoedLogprobs(JsonMembers request) {
        return turnedOn(request, "echo")
                .filter(on -> request.given("logprobs").isPresent())
                .map(on -> new Obstacle("echo", shown(on) + " beside logprobs", "false", NO_LOGITS));
    }

    private static Optional<JsonValue> turnedOn(JsonMembers request, String name) {
        return request.given(name).filter(value -> !value.is("false"));
    }

    private static String shown(JsonValue value) {
        return value.length() <= LONGEST_SHOWN ? value.text() : value.beginning(LONGEST_SHOWN) + "...";
    }

    private static Optional<Obstacle> severalPrompts(JsonMembers request) {
        int count = Prompts.count(request);
        return count > 1 ? Optional.of(new Obstacle("prompt", count + " prompts", "one", ONE_CACHE)) : Optional.empty();
    }
}
