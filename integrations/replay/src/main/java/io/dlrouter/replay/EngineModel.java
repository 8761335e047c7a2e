package io.dlrouter.replay;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What an engine is taken to be. It reads one prompt after the other, as far as it does not hold it in its cache, and
 * writes any number of responses at a time.
 *
 * @param tokensPerSecond how fast it reads
 * @param timePerToken how long it writes at each token of a response
 * @param cacheBlocks how many blocks its cache holds, which forgets those that were not used for the longest time
 * @param blockTokens how many tokens a block has
 * @param saysCapacity whether it says how large its cache is
 * @param saysUsage whether its responses say how many tokens they had, and how many of them were cached
 */
public record EngineModel(
        int tokensPerSecond,
        Duration timePerToken,
        int cacheBlocks,
        int blockTokens,
        boolean saysCapacity,
        boolean saysUsage) {

    public EngineModel {
        require(tokensPerSecond >= 1, "prefill_rate", tokensPerSecond);
        require(cacheBlocks >= 1, "cache_blocks", cacheBlocks);
        require(blockTokens >= 1, "block_tokens", blockTokens);
    }

    private static void require(boolean met, String name, int value) {
        if (!met) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
    }

    /** How many tokens its cache holds. */
    long cacheTokens() {
        return (long) cacheBlocks * blockTokens;
    }

    /** How long it reads at so many tokens; at least at the last one, which makes the first of the response. */
    long prefillNanos(double tokens) {
        return Math.round(Math.max(1, tokens) / tokensPerSecond * TimeUnit.SECONDS.toNanos(1));
    }

    long decodeNanos(int tokens) {
        return tokens * timePerToken.toNanos();
    }
}
