package io.dlrouter.simulator;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The cache of one prompt on an LMDeploy prefill engine.
 *
 * @param id counted from 1 in each life of the engine
 * @param token the first token generated
 * @param blocks where the cache is
 */
record Session(long id, long token, List<Long> blocks) {
    private static final int VOCABULARY = 150_000;
    private static final int FIRST_BLOCKS = 500;

    /** One whose token and blocks differ from those of other engines, and of other lives of this one. */
    static Session of(long id, CompletionRequest asked, DistServe engine) {
        DistServeOptions options = engine.options();
        long token = (engine.port() * 1009L + engine.incarnation() * 101L + id) % VOCABULARY;
        List<Long> blocks = IntStream.range(0, blockCount(asked, options))
                .mapToObj(index -> token % FIRST_BLOCKS + index)
                .toList();
        return new Session(id, token, blocks);
    }

    static int blockCount(CompletionRequest asked, DistServeOptions options) {
        return (asked.promptTokens() + options.blockSize() - 1) / options.blockSize();
    }
}
