package io.dlrouter.replay;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How something was shared out among engines, of which some joined late: what each got, measured by its fair share, which
 * is an equal part of all that was given away while it was there.
 */
final class Shares {
    private double[] got = {};

    /** What the fair share of an engine was that had been there from the beginning, when each joined. */
    private double[] missed = {};

    private double fair;

    void join() {
        int engines = got.length;
        got = Arrays.copyOf(got, engines + 1);
        missed = Arrays.copyOf(missed, engines + 1);
        missed[engines] = fair;
    }

    void give(int engine, double amount) {
        got[engine] += amount;
        fair += amount / got.length;
    }

    /** What an engine got over its fair share; 1 if nothing was shared out. */
    double of(int engine) {
        double share = fair - missed[engine];
        return share > 0 ? got[engine] / share : 1;
    }

    /** What the engine got that got most, measured so. */
    double largest() {
        return IntStream.range(0, got.length).mapToDouble(this::of).max().orElse(1);
    }
}
