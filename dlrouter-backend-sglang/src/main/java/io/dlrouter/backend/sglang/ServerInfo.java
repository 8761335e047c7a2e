package io.dlrouter.backend.sglang;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.JsonValue.Kind;
import io.dlrouter.spi.json.MalformedJsonException;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a server says of itself in response to {@code GET /server_info}.
 *
 * @param mode {@code prefill}, {@code decode}, or {@code null} as a word; absent from servers that do not report it, whose
 *     role is then as configured
 * @param bootstrapPort where a prefill server waits for decode servers
 * @param dpSize how many data-parallel ranks it has
 * @param maxTokens how many tokens its KV cache holds
 */
record ServerInfo(Optional<String> mode, OptionalInt bootstrapPort, OptionalInt dpSize, OptionalLong maxTokens) {

    /** @throws IllegalArgumentException if it is not such a response */
    static ServerInfo parse(String json) {
        try {
            return read(JsonValue.parse(json));
        } catch (MalformedJsonException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    private static ServerInfo read(JsonValue info) {
        if (info.kind() != Kind.OBJECT) {
            throw invalid(info.kind().toString());
        }
        return new ServerInfo(
                given(info, "disaggregation_mode").map(value -> value.string().orElseGet(value::text)),
                size(info, "disaggregation_bootstrap_port"),
                size(info, "dp_size"),
                number(info, "max_total_num_tokens", Long.MAX_VALUE));
    }

    private static OptionalInt size(JsonValue info, String name) {
        OptionalLong number = number(info, name, Integer.MAX_VALUE);
        return number.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) number.getAsLong());
    }

    private static OptionalLong number(JsonValue info, String name, long most) {
        return given(info, name)
                .map(value -> OptionalLong.of(whole(name, value, most)))
                .orElse(OptionalLong.empty());
    }

    private static long whole(String name, JsonValue value, long most) {
        try {
            return value.number()
                    .map(BigDecimal::longValueExact)
                    .filter(number -> Math.abs(number) <= most)
                    .orElseThrow(() -> invalid(name));
        } catch (ArithmeticException e) {
            throw invalid(name);
        }
    }

    private static Optional<JsonValue> given(JsonValue info, String name) {
        return info.member(name).filter(value -> !value.isNull());
    }

    private static IllegalArgumentException invalid(String found) {
        return new IllegalArgumentException("/server_info: " + found + " (expected: a JSON object as SGLang gives)");
    }

    /** @throws IllegalArgumentException if the node is registered as something else */
    NodeSpec describe(NodeSpec node) {
        mode.filter(word -> node.role() != role(word)).ifPresent(word -> {
            throw new IllegalArgumentException("role: " + node.role() + " (expected: " + role(word)
                    + ", because its engine runs with --disaggregation-mode " + word + ")");
        });
        return node.role() == Role.HYBRID ? node : separated(node);
    }

    private NodeSpec separated(NodeSpec node) {
        OptionalInt rank = node.address().dpRank();
        if (dpSize.isPresent() && rank.isPresent() && rank.getAsInt() >= dpSize.getAsInt()) {
            throw new IllegalArgumentException("rank: " + rank.getAsInt() + " (expected: less than " + dpSize.getAsInt()
                    + ", because its engine runs with --dp-size " + dpSize.getAsInt() + ")");
        }
        NodeSpec sized = dpSize.isPresent() ? node.withDpSize(dpSize.getAsInt()) : node;
        return bootstrapPort.isPresent() && node.role() == Role.PREFILL
                ? sized.withBootstrapPort(bootstrapPort.getAsInt())
                : sized;
    }

    OptionalLong cacheTokens() {
        return maxTokens.orElse(0) > 0 ? maxTokens : OptionalLong.empty();
    }

    private static Role role(String mode) {
        return switch (mode) {
            case "prefill" -> Role.PREFILL;
            case "decode" -> Role.DECODE;
            default -> Role.HYBRID;
        };
    }
}
