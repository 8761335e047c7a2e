package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.json.JsonValue;
import java.util.List;
import java.util.Optional;

/**
 * What an engine says of its KV cache in response to {@code GET /distserve/engine_info}; {@code DistServeEngineConfig} in
 * {@code lmdeploy/pytorch/disagg/config.py}. Its peer computes addresses from it, so it is never kept.
 *
 * @param json all of it, as the engine wrote it
 */
record EngineInfo(String json, long tpSize, long blockSize, long gpuBlocks) {
    static final String PATH = "/distserve/engine_info";

    private static final String TP_SIZE = "tp_size";
    private static final String BLOCK_SIZE = "block_size";
    private static final String GPU_BLOCKS = "num_gpu_blocks";
    private static final List<String> REQUIRED =
            List.of(TP_SIZE, "ep_size", "dp_size", "pp_size", "dp_rank", BLOCK_SIZE, "num_cpu_blocks", GPU_BLOCKS);

    /**
     * Reads a response: a JSON object, or a JSON string of which the text is one.
     *
     * @throws IllegalArgumentException if it is neither, or a member is missing that a peer must be given
     */
    static EngineInfo parse(String response) {
        JsonValue body = JsonValue.parse(response);
        JsonValue info = body.string().map(JsonValue::parse).orElse(body);
        for (String name : REQUIRED) {
            member(info, name);
        }
        return new EngineInfo(info.text(), number(info, TP_SIZE), number(info, BLOCK_SIZE), number(info, GPU_BLOCKS));
    }

    private static JsonValue member(JsonValue info, String name) {
        return info.member(name)
                .orElseThrow(() -> new IllegalArgumentException(name + ": none (expected: a PyTorch engine's)"));
    }

    private static long number(JsonValue info, String name) {
        JsonValue value = member(info, name);
        return value.integer()
                .orElseThrow(() -> new IllegalArgumentException(name + ": " + value.text() + " (expected: a number)"));
    }

    /** Why blocks of one engine cannot be read by another; empty if they can. Engines do not check it themselves. */
    static Optional<String> mismatch(EngineInfo prefill, EngineInfo decode) {
        return unequal(TP_SIZE, prefill.tpSize, decode.tpSize)
                .or(() -> unequal(BLOCK_SIZE, prefill.blockSize, decode.blockSize))
                .or(() -> prefill.gpuBlocks > 0 && decode.gpuBlocks > 0
                        ? Optional.empty()
                        : Optional.of(GPU_BLOCKS + ": " + prefill.gpuBlocks + " of prefill, " + decode.gpuBlocks
                                + " of decode (expected: more than 0)"));
    }

    private static Optional<String> unequal(String name, long prefill, long decode) {
        return prefill == decode
                ? Optional.empty()
                : Optional.of(name + ": " + prefill + " of prefill, " + decode + " of decode (expected: the same)");
    }
}
