package io.dlrouter.backend.sglang;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.PrefillLists;
import io.dlrouter.spi.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * SGLang's Prefill/Decode: both servers get the request at once, and with it where prefill waits and in which room the
 * two meet. The members are those of {@code python/sglang/srt/managers/io_struct.py}
 * ({@code _normalize_bootstrap_params}): of a batch, one of each for every prompt.
 */
final class Bootstrap implements DualDispatch {
    /** Where a prefill server waits unless it was told otherwise ({@code --disaggregation-bootstrap-port}). */
    static final int DEFAULT_PORT = 8998;

    private static final int MAX_SAMPLES = 16;
    private static final String GENERATE = "/generate";
    private static final Set<String> INPUT_LOGPROBS =
            Set.of("input_token_logprobs", "input_top_logprobs", "input_token_ids_logprobs");

    @Override
    public Set<String> routes() {
        return Set.of("/v1/chat/completions", "/v1/completions", GENERATE);
    }

    @Override
    public Set<String> hiddenMembers() {
        return Set.of();
    }

    /** Samples never share a room: a server would wait for a peer that does not come. */
    @Override
    public int samples(RoutingContext request) {
        Members body = new Members(request);
        refuseWhatCannotBeSplit(body);
        long samples = body.number("n").orElse(1);
        if (samples > MAX_SAMPLES) {
            throw new InvalidRequestException(
                    "n: " + samples + " (expected: at most " + MAX_SAMPLES
                            + " with Prefill/Decode, where each sample is a" + " request of its own)",
                    "n");
        }
        return (int) Math.max(samples, 1);
    }

    private static void refuseWhatCannotBeSplit(Members body) {
        if (body.number("best_of").orElse(1) > 1) {
            throw new InvalidRequestException(
                    "best_of: more than 1 (expected: 1 or none with Prefill/Decode)", "best_of");
        }
        if (body.isTrue("echo") && body.isSet("logprobs")) {
            throw new InvalidRequestException(
                    "echo: with logprobs (expected: one of them with Prefill/Decode, where decode does not know the"
                            + " prompt's)",
                    "echo");
        }
        if (body.isTrue("return_logprob") && body.prompts().isPresent()) {
            throw new InvalidRequestException(
                    "return_logprob: with several prompts (expected: one with Prefill/Decode)", "return_logprob");
        }
        if (body.samplingNumber("n").orElse(1) > 1) {
            throw new InvalidRequestException(
                    "sampling_params.n: more than 1 (expected: 1 or none with Prefill/Decode)", "sampling_params");
        }
    }

    @Override
    public Legs legs(PdAttempt attempt, int sample) {
        Members body = new Members(attempt.request());
        NodeRequest both = new NodeRequest(Map.of(), meeting(attempt, sampled(body, sample), body.prompts()));
        return new Legs(both, both);
    }

    /** One sample of several: alone, and with a seed of its own if there is one. */
    private static BodyEdit sampled(Members body, int sample) {
        BodyEdit alone = body.number("n").orElse(1) > 1 ? BodyEdit.NONE.setting("n", "1") : BodyEdit.NONE;
        OptionalLong seed = sample == 0 ? OptionalLong.empty() : body.number("seed");
        return seed.isPresent() ? alone.setting("seed", Long.toString(seed.getAsLong() + sample)) : alone;
    }

    private static BodyEdit meeting(PdAttempt attempt, BodyEdit edit, OptionalInt prompts) {
        NodeSpec prefill = attempt.prefill();
        String host = '"' + prefill.address().url().getHost() + '"';
        String port = Integer.toString(prefill.bootstrapPort().orElse(DEFAULT_PORT));
        Rooms rooms = Rooms.of(attempt);
        return edit.setting("bootstrap_host", each(prompts, index -> host))
                .setting("bootstrap_port", each(prompts, index -> port))
                .setting("bootstrap_room", each(prompts, rooms::room));
    }

    /** One value, or a list of one for each prompt of a batch. */
    private static String each(OptionalInt prompts, IntFunction<String> value) {
        return prompts.isEmpty()
                ? value.apply(0)
                : IntStream.range(0, prompts.getAsInt()).mapToObj(value).collect(Collectors.joining(",", "[", "]"));
    }

    @Override
    public Optional<PrefillLists> prefillLists(RoutingContext request) {
        return new Members(request).isTrue("return_logprob")
                ? Optional.of(new PrefillLists("meta_info", INPUT_LOGPROBS))
                : Optional.empty();
    }
}
