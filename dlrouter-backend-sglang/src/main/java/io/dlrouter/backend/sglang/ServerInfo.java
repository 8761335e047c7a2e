package io.dlrouter.backend.sglang;

import com.squareup.moshi.Json;
import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.Moshi;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of itself in answer to {@code GET /server_info}. Moshi reads public records only.
 *
 * @param mode {@code prefill}, {@code decode}, or {@code null} as a word
 * @param bootstrapPort where a prefill server waits for decode servers
 * @param dpSize how many data-parallel ranks it has
 */
public record ServerInfo(
        @Json(name = "disaggregation_mode") @Nullable String mode,

        @Json(name = "disaggregation_bootstrap_port") @Nullable
        Integer bootstrapPort,

        @Json(name = "dp_size") @Nullable Integer dpSize,
        @Json(name = "served_model_name") @Nullable String model) {
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
        if (node.role() != role()) {
            throw new IllegalArgumentException("role: " + node.role() + " (expected: " + role()
                    + ", because its engine runs with --disaggregation-mode " + mode + ")");
        }
        if (model != null && !node.models().isEmpty() && !node.models().contains(model)) {
            throw new IllegalArgumentException(
                    "models: " + node.models() + " (expected: " + model + ", which its engine serves)");
        }
        NodeSpec sized = dpSize == null ? node : node.withDpSize(dpSize);
        return bootstrapPort == null || role() != Role.PREFILL ? sized : sized.withBootstrapPort(bootstrapPort);
    }

    private Role role() {
        return switch (mode == null ? "" : mode) {
            case "prefill" -> Role.PREFILL;
            case "decode" -> Role.DECODE;
            default -> Role.HYBRID;
        };
    }
}
