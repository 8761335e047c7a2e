package io.dlrouter.simulator;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** What stays as it was when the engine was built. */
record EngineOptions(
        EngineKind kind,
        Duration timeToFirstToken,
        Duration timePerToken,
        int tokens,
        int maxModelLen,
        Optional<String> apiKey,
        boolean terminable,
        boolean echoRequestId,
        Duration keepAlive,
        boolean resetsIdle,
        Duration initializing,
        int dataParallelSize,
        OptionalInt firstDataParallelRank,
        PdOptions pd) {
    /** What every engine says that its KV cache holds. */
    static final int CACHE_TOKENS = 131_072;

    EngineOptions {
        if (kind != EngineKind.VLLM && pd.zmqAddress().isPresent()) {
            throw new IllegalArgumentException(
                    "zmq address: " + pd.zmqAddress().get() + " (expected: none, P2P NCCL is simulated for vllm only)");
        }
    }

    /** How long it takes to say so many tokens. */
    Duration generation(int count) {
        return timeToFirstToken.plus(timePerToken.multipliedBy(count - 1L));
    }
}
