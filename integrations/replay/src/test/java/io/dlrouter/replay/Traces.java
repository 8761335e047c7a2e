package io.dlrouter.replay;

import io.dlrouter.spi.Prompt;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Traces that tests make up, of blocks of 10 tokens, and the public ones that lie beside the benchmarks. */
final class Traces {
    static final int BLOCK_TOKENS = 10;

    private Traces() {}

    /** The whole conversation trace of Mooncake. */
    static Path conversation() {
        return Path.of("../../examples/benchmarks/traces/mooncake_conversation.jsonl.gz");
    }

    /** Its first 1,000 requests. */
    static Path sample() {
        return Path.of("../../examples/benchmarks/traces/mooncake_conversation_1000.jsonl");
    }

    static Trace of(TraceRequest... requests) {
        return Trace.of(List.of(requests), TimeUnit.SECONDS.toNanos(3), Optional.empty());
    }

    /** A request of 100 tokens of output, whose prompt is these blocks. */
    static TraceRequest request(double seconds, long... blocks) {
        int tokens = BLOCK_TOKENS * blocks.length;
        Prompt prompt = Prompt.of(Prompt.Unit.TOKENS, tokens, BLOCK_TOKENS, blocks);
        return new TraceRequest(nanos(seconds), prompt, tokens, 100);
    }

    static long nanos(double seconds) {
        return Math.round(seconds * TimeUnit.SECONDS.toNanos(1));
    }
}
