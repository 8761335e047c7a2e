package io.dlrouter.backend.lmdeploy;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Receiver;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.TwoStage;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.JsonValue.Kind;
import io.dlrouter.spi.json.MalformedJsonException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How LMDeploy hands a KV cache from one engine to another: prefill responds in which blocks the cache lies, and decode,
 * which must be linked to it, reads them and tells prefill to free them. What decode did not take, the router frees. The
 * members are those of {@code lmdeploy/serve/proxy/proxy.py} and {@code lmdeploy/pytorch/disagg/conn/protocol.py}.
 */
final class Migration implements TwoStage {
    private static final String REQUEST = "migration_request";
    private static final String PROMPT = "prompt";
    private static final String SESSION_ID = "session_id";
    private static final String MIN_NEW_TOKENS = "min_new_tokens";
    private static final String DUMMY_ENGINE = "dummy:dummy";
    private static final PrefilledCache DUMMY_CACHE = new PrefilledCache(0, "[]", 0);

    /** Without it, engines of releases to come refuse the members of Prefill/Decode. */
    private static final Map<String, String> HEADERS = Map.of("x-lmdeploy-distserve-proxy", "1");

    /** An engine holds a cache until it is told to free it; this only bounds how late a decode may still be tried. */
    private static final Duration LEASE = Duration.ofHours(1);

    /** Memory that the network still reads must not be freed. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    /**
     * One token, in one piece, and its cache is kept. What else could be served beside it is not asked for. A session
     * of the client's would be served as the owner of the cache, which it is not.
     */
    private static final BodyEdit ONE_TOKEN = new BodyEdit(
                    Set.of(
                            SESSION_ID,
                            "stream_options",
                            "logprobs",
                            "top_logprobs",
                            "return_logprob",
                            "return_token_ids",
                            "return_routed_experts"),
                    Map.of())
            .setting("stream", "false")
            .setting("max_tokens", "1")
            .setting("max_completion_tokens", "1")
            .setting("with_cache", "true")
            .setting("preserve_cache", "true");

    private final LmdeployOptions options;

    Migration(LmdeployOptions options) {
        this.options = options;
    }

    /** Measuring decode without prefill takes no prefill nodes. */
    @Override
    public Set<Role> roles() {
        return options.dummyPrefill() ? Set.of(Role.DECODE) : Set.of(Role.PREFILL, Role.DECODE);
    }

    @Override
    public Set<String> hiddenMembers() {
        return Set.of(PrefilledCache.BLOCKS, PrefilledCache.TOKENS, PrefilledCache.OWNER);
    }

    @Override
    public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
        refuseSeveral(request, "n");
        refuseSeveral(request, "best_of");
        refuseSeveralPrompts(request);
        return options.dummyPrefill()
                ? Optional.of(decodeRequest(request, migration(DUMMY_ENGINE, DUMMY_CACHE)))
                : Optional.empty();
    }

    private static void refuseSeveral(JsonMembers request, String name) {
        moreThanOne(request, name).ifPresent(number -> {
            throw new InvalidRequestException(
                    name + ": more than 1 (expected: 1 or none with Prefill/Decode, where prefill hands over the KV"
                            + " cache of one sequence)",
                    name);
        });
    }

    /** A member, unless it is null or a number, in whatever spelling, of 1 or less. */
    private static Optional<JsonValue> moreThanOne(JsonMembers request, String name) {
        return request.given(name)
                .filter(value -> value.number()
                        .filter(number -> number.compareTo(BigDecimal.ONE) <= 0)
                        .isEmpty());
    }

    private static void refuseSeveralPrompts(JsonMembers request) {
        long count = listedPrompts(request).map(Migration::count).orElse(1L);
        if (count != 1) {
            throw new InvalidRequestException(
                    PROMPT + ": " + count + " of them (expected: one with Prefill/Decode, where prefill hands over the"
                            + " KV cache of one sequence)",
                    PROMPT);
        }
    }

    private static long count(JsonValue prompts) {
        try {
            return prompts.elements().count();
        } catch (MalformedJsonException e) {
            throw new InvalidRequestException(PROMPT + ": malformed (expected: a string, or a list of one)", PROMPT);
        }
    }

    @Override
    public NodeRequest prefill(PdAttempt attempt) {
        JsonMembers request = attempt.request();
        boolean wantsMore = moreThanOne(request, MIN_NEW_TOKENS).isPresent();
        return new NodeRequest(
                HEADERS, withPlainPrompt(wantsMore ? ONE_TOKEN.removing(MIN_NEW_TOKENS) : ONE_TOKEN, request));
    }

    @Override
    public Handover handover(PdAttempt attempt, JsonMembers response) {
        String migration = migration(Engine.id(attempt.prefill()), cache(attempt, response));
        return Handover.of(decodeRequest(attempt.request(), migration), Receiver.ANY, LEASE);
    }

    private static PrefilledCache cache(PdAttempt attempt, JsonMembers response) {
        try {
            return PrefilledCache.of(response);
        } catch (IllegalArgumentException e) {
            throw new BadNodeResponseException(
                    "The prefill node " + attempt.prefill().address() + " left no KV cache that decode can fetch: "
                            + e.getMessage() + ".",
                    e);
        }
    }

    /** Without its owner a cache could never be released: the engine would fill up with caches of failed requests. */
    @Override
    public Optional<String> objection(JsonMembers response) {
        boolean hasCache = response.member(PrefilledCache.BLOCKS).isPresent();
        return hasCache && PrefilledCache.owner(response).isEmpty()
                ? Optional.of(PrefilledCache.noOwner(response))
                : Optional.empty();
    }

    /** Decode reads the prompt again and counts it itself. */
    @Override
    public boolean prefillCountsPrompt() {
        return false;
    }

    /** A wrong number would end the session of another request, so it is only sent if the engine named it. */
    @Override
    public Optional<EngineCall> release(PdAttempt attempt, JsonMembers response) {
        OptionalLong owner = PrefilledCache.owner(response);
        return owner.isEmpty()
                ? Optional.empty()
                : Optional.of(new EngineCall(
                        "/distserve/free_cache",
                        "{\"remote_engine_id\":\"%s\",\"remote_session_id\":%d}"
                                .formatted(Engine.id(attempt.prefill()), owner.getAsLong())));
    }

    @Override
    public Duration grace() {
        return options.dummyPrefill() ? Duration.ZERO : GRACE;
    }

    private static NodeRequest decodeRequest(JsonMembers request, String migration) {
        BodyEdit edit = BodyEdit.NONE.removing(SESSION_ID).setting(REQUEST, migration);
        return new NodeRequest(HEADERS, withPlainPrompt(edit, request));
    }

    private String migration(String engine, PrefilledCache cache) {
        return ("{\"protocol\":%d,\"remote_engine_id\":\"%s\",\"remote_session_id\":%d,\"remote_token_id\":%d,"
                        + "\"remote_block_ids\":%s,\"is_dummy_prefill\":%b}")
                .formatted(
                        options.migrationProtocol().wireNumber(),
                        engine,
                        cache.owner(),
                        cache.token(),
                        cache.blocks(),
                        options.dummyPrefill());
    }

    /** A list of one prompt becomes that prompt: the state of a list is the engine's weak spot. */
    private static BodyEdit withPlainPrompt(BodyEdit edit, JsonMembers request) {
        return listedPrompts(request)
                .flatMap(prompts -> prompts.elements().findFirst())
                .filter(prompt -> prompt.kind() == Kind.STRING)
                .map(prompt -> edit.setting(PROMPT, prompt.text()))
                .orElse(edit);
    }

    /** The prompts of a request that has them in a list. */
    private static Optional<JsonValue> listedPrompts(JsonMembers request) {
        return request.member(PROMPT).filter(prompts -> prompts.kind() == Kind.ARRAY);
    }
}
