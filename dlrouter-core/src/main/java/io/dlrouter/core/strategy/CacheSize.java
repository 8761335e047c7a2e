package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How many tokens the KV cache of a node holds: what is configured, else what its engine says, else what is usual.
 *
 * @param configured for all nodes; 0 to believe that they hold nothing
 */
record CacheSize(OptionalLong configured) {
    private static final String OPTION = "prefix_cache_tokens";

    /** About what one GPU of 80 GB has room for with a model of medium size. */
    private static final long USUAL = 1_000_000;

    /** @throws IllegalArgumentException if the size is no number of tokens */
    static CacheSize of(Map<String, String> options) {
        String tokens = options.get(OPTION);
        return new CacheSize(tokens == null ? OptionalLong.empty() : OptionalLong.of(parse(tokens)));
    }

    private static long parse(String tokens) {
        if (!tokens.matches("\\d{1,15}")) {
            throw new IllegalArgumentException(OPTION + ": " + tokens + " (expected: a number of tokens, 0 or more)");
        }
        return Long.parseLong(tokens);
    }

    long tokens(Node node) {
        return configured.orElseGet(() -> node.cacheTokens().orElse(USUAL));
    }
}
