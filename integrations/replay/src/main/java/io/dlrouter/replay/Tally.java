package io.dlrouter.replay;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Counts what comes of a trace with one strategy. */
final class Tally {
    private final double[] firstBytes;
    private final double[] decisions;
    private final Shares busy = new Shares();
    private final Shares requests = new Shares();
    private int responded;
    private int placed;
    private int engines;
    private long held;
    private long blocks;

    /** @param requests how many there are */
    Tally(int requests) {
        firstBytes = new double[requests];
        decisions = new double[requests];
    }

    void joined() {
        engines++;
        busy.join();
        requests.join();
    }

    /** A request was given to an engine, after so many nanoseconds of the real clock. */
    void placed(int engine, long nanos) {
        decisions[placed++] = nanos / (double) TimeUnit.MICROSECONDS.toNanos(1);
        requests.give(engine, 1);
    }

    /** An engine reads a prompt, of whose blocks it holds some, for so many nanoseconds. */
    void read(int engine, int heldBlocks, int allBlocks, long nanos) {
        held += heldBlocks;
        blocks += allBlocks;
        busy.give(engine, (double) nanos);
    }

    void firstByte(long nanosSinceArrival) {
        firstBytes[responded++] = nanosSinceArrival / (double) TimeUnit.SECONDS.toNanos(1);
    }

    /** @param first how many engines there were from the beginning */
    Figures figures(int first) {
        return new Figures(
                blocks == 0 ? 0 : held / (double) blocks,
                new Distribution(Arrays.stream(firstBytes)),
                busy.largest(),
                requests.largest(),
                IntStream.range(first, engines).mapToObj(requests::of).toList());
    }

    /** What a decision took in microseconds. Of the second half of them alone: until then the code is still compiled. */
    Distribution decisions() {
        return new Distribution(Arrays.stream(decisions, decisions.length / 2, decisions.length));
    }
}
