package io.dlrouter.backend.sglang;

import com.squareup.moshi.Json;
import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.Moshi;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.io.IOException;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of itself in answer to {@code GET /server_info}. Moshi reads public records only.
 *
 * @param mode {@code prefill}, {@code decode}, or {@code null} as a word; absent from servers that do not report it, whose
 *     role is then as configured
 * @param bootstrapPort where a prefill server waits for decode servers
 * @param dpSize how many data-parallel ranks it has
 * @param maxTokens how many tokens its KV cache holds
 */
public record ServerInfo(
        @Json(name = "disaggregation_mode") @Nullable String mode,

        @Json(name = "disaggregation_bootstrap_port") @Nullable
        Integer bootstrapPort,

        @Json(name = "dp_size") @Nullable Integer dpSize,

        @Json(name = "max_total_num_tokens") @Nullable Long maxTokens) {
    private static final JsonAdapter<ServerInfo> JSON =
            new Moshi.Builder().build().adapter(ServerInfo.class);

    /** @throws IllegalArgumentException if it is not such an answer */
    static ServerInfo parse(String json) {
        try {
            return Objects.requireNonNull(JSON.fromJson(json), "null");
        } catch (IOException | JsonDataException | NullPointerException e) {
            throw new IllegalArgumentException(
                    "/server_info: " + e.getMessage() + " (expected: a JSON object as SGLang gives)", e);
        }
    }

    /** @throws IllegalArgumentException if the node is registered as something else */
    NodeSpec describe(NodeSpec node) {
        if (mode != null && node.role() != role(mode)) {
            throw new IllegalArgumentException("role: " + node.role() + " (expected: " + role(mode)
                    + ", because its engine runs with --disaggregation-mode " + mode + ")");
        }
        return node.role() == Role.HYBRID ? node : separated(node);
    }

    private NodeSpec separated(NodeSpec node) {
        OptionalInt rank = node.address().dpRank();
        if (dpSize != null && rank.isPresent() && rank.getAsInt() >= dpSize) {
            throw new IllegalArgumentException("rank: " + rank.getAsInt() + " (expected: less than " + dpSize
                    + ", because its engine runs with --dp-size " + dpSize + ")");
        }
        NodeSpec sized = dpSize == null ? node : node.withDpSize(dpSize);
        return bootstrapPort == null || node.role() != Role.PREFILL ? sized : sized.withBootstrapPort(bootstrapPort);
    }

    OptionalLong cacheTokens() {
        return maxTokens == null || maxTokens <= 0 ? OptionalLong.empty() : OptionalLong.of(maxTokens);
    }

    private static Role role(String mode) {
        return switch (mode) {
            case "prefill" -> Role.PREFILL;
            case "decode" -> Role.DECODE;
            default -> Role.HYBRID;
        };
    }
}
