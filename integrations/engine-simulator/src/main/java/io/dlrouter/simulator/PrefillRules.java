package io.dlrouter.simulator;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a router has to make of a client's body for the prefill engine: one token, in one piece, of one choice. */
final class PrefillRules {
    private static final Map<String, @Nullable Object> ORDER = Json.object(
            "do_remote_decode", true,
            "do_remote_prefill", false,
            "remote_engine_id", null,
            "remote_block_ids", null,
            "remote_host", null,
            "remote_port", null);

    private static final List<Rule> VLLM = List.of(
            new Rule("max_tokens", PrefillRules::isOne, "1"),
            new Rule("max_completion_tokens", value -> value == null || isOne(value), "1 or none"),
            new Rule("min_tokens", PrefillRules::isOneAtMost, "1 at most"),
            new Rule("n", PrefillRules::isOneAtMost, "1 at most"),
            new Rule("best_of", PrefillRules::isOneAtMost, "1 at most"),
            new Rule("prompt_logprobs", Objects::isNull, "none"),
            new Rule("echo", PrefillRules::isOff, "false or none"));

    private static final List<Rule> NIXL = List.of(
            new Rule("kv_transfer_params", ORDER::equals, Json.text(ORDER)),
            new Rule("stream", PrefillRules::isOff, "false or none"),
            new Rule("stream_options", Objects::isNull, "none"));

    private static final List<Rule> LMDEPLOY = List.of(
            new Rule("stream", PrefillRules::isOff, "false or none"),
            new Rule("max_tokens", PrefillRules::isOne, "1"),
            new Rule("max_completion_tokens", PrefillRules::isOne, "1"),
            new Rule("min_new_tokens", PrefillRules::isOneAtMost, "1 at most"),
            new Rule("with_cache", Boolean.TRUE::equals, "true"),
            new Rule("preserve_cache", Boolean.TRUE::equals, "true"),
            new Rule(MigrationOrder.MEMBER, Objects::isNull, "none"));

    private static final List<Rule> P2P = List.of(new Rule(
            "kv_transfer_params", value -> value == null || ORDER.equals(value), Json.text(ORDER) + " or none"));

    private PrefillRules() {}

    /** What is wrong with a body for NIXL, if anything. */
    static Optional<String> brokenForNixl(JsonBody body) {
        return broken(Stream.concat(NIXL.stream(), VLLM.stream()), body);
    }

    /** What is wrong with a body for P2P NCCL, if anything. */
    static Optional<String> brokenForP2p(JsonBody body) {
        return broken(Stream.concat(P2P.stream(), VLLM.stream()), body);
    }

    /** What is wrong with a body for LMDeploy, if anything. */
    static Optional<String> brokenForLmdeploy(JsonBody body) {
        return broken(LMDEPLOY.stream(), body);
    }

    private static Optional<String> broken(Stream<Rule> rules, JsonBody body) {
        return rules.filter(rule -> !rule.met().test(body.any(rule.member())))
                .map(rule -> rule.member() + ": " + body.any(rule.member()) + " (expected: " + rule.expected()
                        + " at a prefill engine)")
                .findFirst();
    }

    private static boolean isOne(@Nullable Object value) {
        return Double.valueOf(1).equals(value);
    }

    private static boolean isOneAtMost(@Nullable Object value) {
        return !(value instanceof Double number) || number <= 1;
    }

    private static boolean isOff(@Nullable Object value) {
        return value == null || Boolean.FALSE.equals(value);
    }

    private record Rule(String member, Predicate<@Nullable Object> met, String expected) {}
}
