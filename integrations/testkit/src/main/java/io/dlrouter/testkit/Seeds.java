package io.dlrouter.testkit;

import java.util.Random;

/** Repeats a check with random numbers of fixed seeds, so that a failure can be reproduced. */
final class Seeds {
    private static final long FAR_APART = 0x9E37_79B9_7F4A_7C15L;

    private Seeds() {}

    /** A check that takes its input from random numbers. */
    interface Check {
        /** Fails with an {@link AssertionError} if something does not hold for this input. */
        void with(Random random);
    }

    /**
     * Runs the check once for each seed.
     *
     * @throws AssertionError if a check fails or throws; names the seed
     */
    static void check(int seeds, Check check) {
        for (int seed = 0; seed < seeds; seed++) {
            try {
                check.with(new Random(seed * FAR_APART));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("with seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
