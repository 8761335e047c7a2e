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
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How vLLM hands a KV cache from one engine to another: over NIXL, where the prefill node answers with parameters for
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
     * How long a prefill node holds a cache that no decode node has asked for: the shortest of vLLM's defaults,
     * {@code kv_lease_duration} in {@code docs/design/nixl_kv_cache_lease.md}. Before that there was
     * {@code VLLM_NIXL_ABORT_REQUEST_TIMEOUT}, of 120 s and more.
     */
    private static final Duration LEASE = Duration.ofSeconds(30);

    /**
     * One token, in one piece: parameters are not in a stream, {@code stream_options} is refused without one, and a
     * minimum above the maximum is refused too.
     */
    private static final BodyEdit ONE_TOKEN = new BodyEdit(
            Set.of("stream_options", "min_tokens", "min_completion_tokens"),
            Map.of("stream", "false", "max_tokens", "1"));

    private final int minPromptTokens;

    /**
     * A protocol that splits prompts of some length.
     *
     * @param minPromptTokens prompts of fewer tokens go to decode alone
     */
    KvTransfer(int minPromptTokens) {
        this.minPromptTokens = minPromptTokens;
    }

    @Override
    public Set<String> hiddenMembers() {
        return Set.of(PARAMS, "ec_transfer_params");
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
            return new Handover(request(attempt, BodyEdit.NONE), Handover.Taker.PAIRED, LEASE);
        }
        return JsonValue.of(answer, PARAMS)
                .map(params -> handoverOf(params, attempt))
                .orElseGet(() -> Handover.ofNothing(request(attempt, BodyEdit.NONE)));
    }

    private static Handover handoverOf(JsonValue params, PdAttempt attempt) {
        if (params.at(0) != '{') {
            throw new BadNodeResponseException(
                    "The prefill node " + attempt.prefill().address() + " answered " + PARAMS + " that begin with '"
                            + (char) params.at(0) + "' (expected: an object or null).");
        }
        BodyEdit edit = BodyEdit.NONE.setting(PARAMS, params.text());
        return new Handover(request(attempt, edit), Handover.Taker.ANY, LEASE);
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
