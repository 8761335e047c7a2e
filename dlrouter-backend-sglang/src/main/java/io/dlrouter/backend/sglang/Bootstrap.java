package io.dlrouter.backend.sglang;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.PrefillLists;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.json.JsonValue;
import java.util.Map;
import java.util.Optional;
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
    private static final int MAX_ROOMS = 1024;
    private static final String COMPLETIONS = "/v1/completions";
    private static final String GENERATE = "/generate";
    private static final Set<String> TOKENIZER = Set.of("/tokenize", "/detokenize", "/v1/tokenize", "/v1/detokenize");
    private static final Set<String> INPUT_LOGPROBS =
            Set.of("input_token_logprobs", "input_top_logprobs", "input_token_ids_logprobs");

    /** Less what sends a request to other data-parallel ranks than those that the router has selected. */
    private static final BodyEdit RANKS_REMOVED =
            new BodyEdit(Set.of("routed_dp_rank", "data_parallel_rank", "disagg_prefill_dp_rank"), Map.of());

    @Override
    public Set<String> routes() {
        return Set.of("/v1/chat/completions", COMPLETIONS, GENERATE);
    }

    /** A decode server rejects what has no bootstrap room, which is all that it generates; its tokenizer needs none. */
    @Override
    public boolean servesUnsplit(String route, NodeSpec decode) {
        return TOKENIZER.contains(route);
    }

    @Override
    public Set<String> hiddenMembers() {
        return Set.of();
    }

    /** Samples never share a room: a server would wait for a peer that does not come. */
    @Override
    public int samples(RoutingContext request) {
        Members body = new Members(request);
        Optional<Members.Prompts> prompts = prompts(request);
        if (request.route().equals(GENERATE)) {
            refuseWhatCannotBeGenerated(body, prompts.isPresent());
        } else {
            refuseWhatCannotBeCompleted(body);
        }
        int samples = samplesOf(request);
        prompts.ifPresent(list -> refuseUnlessThereAreRooms(list, samples));
        return samples;
    }

    private static void refuseWhatCannotBeGenerated(Members body, boolean several) {
        body.inSamplingParams("n").forEach(n -> atMost(1, "sampling_params.n", n, "sampling_params"));
        if (several && body.isTrueForAny("return_logprob")) {
            throw new InvalidRequestException(
                    "return_logprob: with a list of prompts (expected: one prompt, not in a list, with Prefill/Decode)",
                    "return_logprob");
        }
    }

    private static void refuseWhatCannotBeCompleted(Members body) {
        body.text("best_of").ifPresent(count -> atMost(1, "best_of", count, "best_of"));
        if (body.isTrue("echo") && body.isSet("logprobs")) {
            throw new InvalidRequestException(
                    "echo: with logprobs (expected: one of them with Prefill/Decode, where decode does not know the"
                            + " prompt's)",
                    "echo");
        }
    }

    private static void refuseUnlessThereAreRooms(Members.Prompts prompts, int samples) {
        if (prompts.count() == 0) {
            throw new InvalidRequestException(
                    prompts.name() + ": [] (expected: a prompt or more with Prefill/Decode)", prompts.name());
        }
        if ((long) prompts.count() * samples > MAX_ROOMS) {
            throw new InvalidRequestException(
                    prompts.name() + ": a list of " + prompts.count() + ", with n: " + samples + " (expected: at most "
                            + MAX_ROOMS + " of both multiplied with Prefill/Decode, where each has a room of its own)",
                    prompts.count() > MAX_ROOMS ? prompts.name() : "n");
        }
    }

    /** What {@code n} comes to, which means something to the routes of OpenAI only. */
    private static int samplesOf(RoutingContext request) {
        return request.route().equals(GENERATE)
                ? 1
                : new Members(request)
                        .text("n")
                        .map(n -> atMost(MAX_SAMPLES, "n", n, "n"))
                        .orElse(1);
    }

    /** A count, 1 at least; what an engine might read as more is refused here. */
    private static int atMost(int limit, String name, String given, String param) {
        OptionalLong count = Members.whole(given);
        if (count.isEmpty() || count.getAsLong() > limit) {
            throw new InvalidRequestException(
                    name + ": " + given + " (expected: a whole number up to " + limit + " with Prefill/Decode)", param);
        }
        return (int) Math.max(1, count.getAsLong());
    }

    /** The prompts, if they are a list. */
    private static Optional<Members.Prompts> prompts(RoutingContext request) {
        Members body = new Members(request);
        return switch (request.route()) {
            case COMPLETIONS -> body.prompts("prompt");
            case GENERATE -> body.prompts("text").or(() -> body.prompts("input_ids"));
            default -> Optional.empty();
        };
    }

    @Override
    public Legs legs(PdAttempt attempt, int sample) {
        RoutingContext request = attempt.request();
        BodyEdit edit = samplesOf(request) > 1 ? sampled(new Members(request), sample) : RANKS_REMOVED;
        NodeRequest both = new NodeRequest(Map.of(), meeting(attempt, edit, prompts(request)));
        return new Legs(both, both);
    }

    /** One sample of several: alone, and with a seed and a name of its own if there are any. */
    private static BodyEdit sampled(Members body, int sample) {
        BodyEdit alone = RANKS_REMOVED.setting("n", "1");
        if (sample == 0) {
            return alone;
        }
        OptionalLong seed = body.text("seed").map(Members::whole).orElse(OptionalLong.empty());
        BodyEdit seeded = seed.isPresent() ? alone.setting("seed", seedOf(sample, seed.getAsLong())) : alone;
        return body.string("rid")
                .map(name -> seeded.setting("rid", JsonValue.quote(name + "-" + sample)))
                .orElseGet(() -> seeded.removing("rid"));
    }

    /** A sum that goes on from 0 where it would no longer be a seed. */
    private static String seedOf(int sample, long seed) {
        long sum = seed + sample;
        return Long.toString(seed < 0 ? sum : sum & Long.MAX_VALUE);
    }

    private static BodyEdit meeting(PdAttempt attempt, BodyEdit edit, Optional<Members.Prompts> prompts) {
        NodeSpec prefill = attempt.prefill();
        String host = JsonValue.quote(prefill.address().url().getHost());
        String port = Integer.toString(prefill.bootstrapPort().orElse(DEFAULT_PORT));
        Rooms rooms = Rooms.of(attempt);
        return edit.setting("bootstrap_host", each(prompts, index -> host))
                .setting("bootstrap_port", each(prompts, index -> port))
                .setting("bootstrap_room", each(prompts, rooms::room));
    }

    /** One value, or a list of one for each prompt of a batch. */
    private static String each(Optional<Members.Prompts> prompts, IntFunction<String> value) {
        return prompts.isEmpty()
                ? value.apply(0)
                : IntStream.range(0, prompts.get().count()).mapToObj(value).collect(Collectors.joining(",", "[", "]"));
    }

    @Override
    public Optional<PrefillLists> prefillLists(RoutingContext request) {
        return new Members(request).isTrueForAny("return_logprob")
                ? Optional.of(new PrefillLists("meta_info", INPUT_LOGPROBS))
                : Optional.empty();
    }
}
