package io.dlrouter.backend.vllm;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.TwoStage;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.JsonValue.Kind;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How vLLM hands a KV cache from one engine to another: over NIXL, where the prefill node responds with parameters for
 * the decode node, or, where both nodes announced ZMQ addresses, over P2P NCCL, where the request id tells each of the
 * other. The NIXL members are those of {@code toy_proxy_server.py} in vLLM's {@code nixl_integration} tests, the request
 * id that of {@code disagg_proxy_p2p_nccl_xpyd.py} in its examples.
 */
final class KvTransfer implements TwoStage {
    private static final String PARAMS = "kv_transfer_params";
    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern USABLE_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final int ATTEMPT_DIGITS = 8;

    private static final String ASK_FOR_PARAMS = "{\"do_remote_decode\":true,\"do_remote_prefill\":false,"
            + "\"remote_engine_id\":null,\"remote_block_ids\":null,\"remote_host\":null,\"remote_port\":null}";

    /**
     * When a prefill node drops the cache, in seconds. vLLM's own connectors send null after a prefill, and after a decode
     * (for the next turn) a time of {@code time.perf_counter()}, whose zero only the machine of the engine knows; others
     * send the time of the wall clock.
     */
    private static final String EXPIRY = "remote_blocks_expiry_time";

    /** A monotonic clock shows less: a machine that has been up for 31 years. Not in seconds would show more. */
    private static final double FIRST_WALL_CLOCK = 1e9;

    private static final double LAST_WALL_CLOCK = 1e10;

    /** Over P2P NCCL prefill sends the cache by itself, and nothing expires. */
    private static final Duration NO_LEASE = Duration.ofHours(1);

    /**
     * One token, in one piece: parameters are not in a stream, {@code stream_options} is refused without one, and a
     * minimum above the maximum is refused too.
     */
    private static final BodyEdit ONE_TOKEN = new BodyEdit(
            Set.of("stream_options", "min_tokens", "min_completion_tokens"),
            Map.of("stream", "false", "max_tokens", "1"));

    private final int minPromptTokens;
    private final Duration lease;

    /**
     * A protocol that splits prompts of some length.
     *
     * @param minPromptTokens prompts of fewer tokens go to decode alone
     * @param lease how long a prefill node holds a cache that no decode node has asked for over NIXL:
     *     {@code kv_lease_duration} in {@code docs/design/nixl_kv_cache_lease.md}, before that
     *     {@code VLLM_NIXL_ABORT_REQUEST_TIMEOUT}
     */
    KvTransfer(int minPromptTokens, Duration lease) {
        this.minPromptTokens = minPromptTokens;
        this.lease = lease;
    }

    @Override
    public Set<String> hiddenMembers() {
        return Set.of(PARAMS, "ec_transfer_params");
    }

    /** Over NIXL, a decode node computes a prompt itself whose cache it is not given; over P2P NCCL it waits for the cache. */
    @Override
    public boolean servesUnsplit(String route, NodeSpec decode) {
        return decode.zmqAddress().isEmpty();
    }

    @Override
    public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
        return isForDecodeAlone(request, decode) ? Optional.of(NodeRequest.UNCHANGED) : Optional.empty();
    }

    private boolean isForDecodeAlone(RoutingContext request, NodeSpec decode) {
        Optional<Obstacle> obstacle = Obstacle.in(request);
        if (decode.zmqAddress().isEmpty()) {
            return obstacle.isPresent() || isShort(request);
        }
        if (obstacle.isPresent()) {
            throw obstacle.get().refusal();
        }
        return false;
    }

    @Override
    public NodeRequest prefill(PdAttempt attempt) {
        BodyEdit edit = attempt.request().member("max_completion_tokens").isPresent()
                ? ONE_TOKEN.setting("max_completion_tokens", "1")
                : ONE_TOKEN;
        return request(attempt, isOverNccl(attempt) ? edit : edit.setting(PARAMS, ASK_FOR_PARAMS));
    }

    @Override
    public Handover handover(PdAttempt attempt, JsonMembers answer) {
        if (isOverNccl(attempt)) {
            return Handover.of(request(attempt, BodyEdit.NONE), Handover.Receiver.PAIRED, NO_LEASE);
        }
        return answer.given(PARAMS)
                .map(params -> handoverOf(params, attempt))
                .orElseGet(() -> Handover.ofNothing(request(attempt, BodyEdit.NONE)));
    }

    private Handover handoverOf(JsonValue params, PdAttempt attempt) {
        if (params.kind() != Kind.OBJECT) {
            throw new BadNodeResponseException(
                    "The prefill node " + attempt.prefill().address() + " responded with " + PARAMS
                            + " that begin with '" + params.beginning(1) + "' (expected: an object or null).");
        }
        BodyEdit edit = BodyEdit.NONE.setting(PARAMS, params.text());
        return Handover.of(request(attempt, edit), Handover.Receiver.ANY, lease).withExpiry(expiry(params));
    }

    private static Optional<Instant> expiry(JsonValue params) {
        return params.member(EXPIRY)
                .flatMap(JsonValue::number)
                .map(BigDecimal::doubleValue)
                .filter(seconds -> seconds >= FIRST_WALL_CLOCK && seconds < LAST_WALL_CLOCK)
                .map(seconds -> Instant.ofEpochMilli(Math.round(seconds * 1_000)));
    }

    private boolean isShort(RoutingContext request) {
        return minPromptTokens > 0 && Prompts.tokens(request) < minPromptTokens;
    }

    private static boolean isOverNccl(PdAttempt attempt) {
        return attempt.prefill().zmqAddress().isPresent()
                && attempt.decode().zmqAddress().isPresent();
    }

    private static NodeRequest request(PdAttempt attempt, BodyEdit edit) {
        return new NodeRequest(Map.of(REQUEST_ID, requestId(attempt)), edit);
    }

    private static String requestId(PdAttempt attempt) {
        if (isOverNccl(attempt)) {
            return "___prefill_addr_" + attempt.prefill().zmqAddress().orElseThrow() + "___decode_addr_"
                    + attempt.decode().zmqAddress().orElseThrow() + "_" + attempt.id();
        }
        String id = attempt.request().requestId();
        return USABLE_ID.matcher(id).matches() ? id + "-" + attempt.id().substring(0, ATTEMPT_DIGITS) : attempt.id();
    }
}
