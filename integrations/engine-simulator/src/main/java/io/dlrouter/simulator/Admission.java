package io.dlrouter.simulator;

import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A request taken on, and what its response says beside what every response does.
 *
 * @param usage more members of the usage
 * @param answer more members of a plain response
 * @param ending more members of the event that ends a choice of a stream
 * @param tokens the most that the response says
 * @param bound the same response, bound to what has to happen before it goes out
 */
record Admission(
        Map<String, @Nullable Object> usage,
        Map<String, @Nullable Object> answer,
        Map<String, @Nullable Object> ending,
        int tokens,
        UnaryOperator<Answer> bound) {

    static final Admission ORDINARY =
            new Admission(Map.of(), Map.of(), Map.of(), Integer.MAX_VALUE, UnaryOperator.identity());

    /** One whose response has at most so many tokens and waits for this. */
    static Admission meeting(int tokens, Optional<Meeting> meeting) {
        return new Admission(Map.of(), Map.of(), Map.of(), tokens, answer -> answer.afterMeeting(meeting));
    }

    /** One that says how many tokens of the prompt were cached, if the engine says so, and that gives no parameters. */
    static Admission cached(int tokens, PdOptions options) {
        Map<String, @Nullable Object> usage = options.promptDetails()
                ? Json.object("prompt_tokens_details", Json.object("cached_tokens", tokens))
                : Map.of();
        return new Admission(
                usage, Json.object("kv_transfer_params", null), Map.of(), Integer.MAX_VALUE, UnaryOperator.identity());
    }

    /** The same with these members in a plain response. */
    Admission giving(Map<String, @Nullable Object> members, Runnable whenMade) {
        return new Admission(
                usage,
                members,
                ending,
                tokens,
                all -> all.onceMade(made -> {
                    whenMade.run();
                    return made;
                }));
    }

    /** The same with these transfer parameters in every response, plain or streamed. */
    Admission returning(RawJson params) {
        Map<String, @Nullable Object> member = Json.object("kv_transfer_params", params);
        return new Admission(usage, member, member, tokens, bound);
    }

    /** The same, its response bound to this. */
    Admission boundBy(UnaryOperator<Answer> condition) {
        return new Admission(usage, answer, ending, tokens, condition);
    }
}
