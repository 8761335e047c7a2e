package io.dlrouter.replay;

import io.dlrouter.NodeSpec;
import io.dlrouter.core.strategy.LatencyWindow;
import io.dlrouter.spi.Node;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What a router knows of an engine: of its queue and its cache nothing. */
final class ReplayNode implements Node {
    private final int number;
    private final NodeSpec spec;
    private final OptionalLong cacheTokens;
    private final LongSupplier clock;
    private final LatencyWindow latency = new LatencyWindow();
    private int inFlight;
    private int incarnation;

    ReplayNode(int number, OptionalLong cacheTokens, LongSupplier clock) {
        this.number = number;
        this.spec = NodeSpec.of("replay", "http://engine-" + number + ":8000");
        this.cacheTokens = cacheTokens;
        this.clock = clock;
    }

    /** Its place among all engines. */
    int number() {
        return number;
    }

    void begin() {
        inFlight++;
    }

    void end() {
        inFlight--;
    }

    /** A response of it is in as a whole. */
    void responded(long nanos) {
        latency.add(nanos / (double) TimeUnit.SECONDS.toNanos(1), clock.getAsLong());
    }

    void restart() {
        incarnation++;
    }

    @Override
    public NodeSpec spec() {
        return spec;
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public OptionalDouble latency() {
        return latency.mean(clock.getAsLong());
    }

    @Override
    public int incarnation() {
        return incarnation;
    }

    @Override
    public OptionalLong cacheTokens() {
        return cacheTokens;
    }

    @Override
    public String toString() {
        return "engine " + number;
    }
}
