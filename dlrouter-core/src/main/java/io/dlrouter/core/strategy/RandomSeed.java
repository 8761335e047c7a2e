package io.dlrouter.core.strategy;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** The option {@code routing_seed}: strategies with the same seed draw the same random numbers. */
final class RandomSeed {
    private static final String OPTION = "routing_seed";

    private RandomSeed() {}

    /** @throws IllegalArgumentException if the seed is not a number */
    static RandomGenerator generator(Map<String, String> options) {
        String seed = options.get(OPTION);
        return seed == null ? new SplittableRandom() : new SplittableRandom(parse(seed));
    }

    private static long parse(String seed) {
        try {
            return Long.parseLong(seed);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(OPTION + ": " + seed + " (expected: a whole number)", e);
        }
    }
}
