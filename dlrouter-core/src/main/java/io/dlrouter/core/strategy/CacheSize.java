package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The size of a node's KV cache in tokens: as configured, else as its engine reports, else a typical value.
 *
 * @param configured for all nodes; 0 to ignore caches
 */
record CacheSize(OptionalLong configured) {
    private static final String OPTION = "prefix_cache_tokens";

    /** About the capacity of an 80 GB GPU with a model of medium size. */
    private static final long USUAL = 1_000_000;

    /** @throws IllegalArgumentException if the size is not a number of tokens */
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
