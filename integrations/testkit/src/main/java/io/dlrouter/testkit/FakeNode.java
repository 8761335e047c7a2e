package io.dlrouter.testkit;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.Node;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** A node whose load and latency a test sets. Safe for use by many threads. */
public final class FakeNode implements Node {
    private final NodeSpec spec;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger incarnation = new AtomicInteger();
    private volatile OptionalDouble latency = OptionalDouble.empty();
    private volatile OptionalLong cacheTokens = OptionalLong.empty();

    public FakeNode(NodeSpec spec) {
        this.spec = spec;
    }

    /** Idle nodes that differ only by their address: {@code http://node-0:8000} and so on. */
    public static List<FakeNode> fleet(int size) {
        return IntStream.range(0, size)
                .mapToObj(i -> new FakeNode(NodeSpec.of("fake", "http://node-" + i + ":8000")))
                .toList();
    }

    /** A node at the same address with this speed. */
    public FakeNode withSpeed(double speed) {
        return new FakeNode(spec.withSpeed(speed));
    }

    /** Counts one more request. */
    public void begin() {
        inFlight.incrementAndGet();
    }

    /** Counts one request less. */
    public void end() {
        if (inFlight.decrementAndGet() < 0) {
            throw new AssertionError(this + " ended a request that it had not begun");
        }
    }

    public void setInFlight(int requests) {
        inFlight.set(requests);
    }

    public void setLatency(double seconds) {
        latency = OptionalDouble.of(seconds);
    }

    /** Removes all latency samples, as if they had decayed. */
    public void forgetLatency() {
        latency = OptionalDouble.empty();
    }

    /** Simulates a restart of the engine. */
    public void restart() {
        incarnation.incrementAndGet();
    }

    public void setCacheTokens(long tokens) {
        cacheTokens = OptionalLong.of(tokens);
    }

    @Override
    public NodeSpec spec() {
        return spec;
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public OptionalDouble latency() {
        return latency;
    }

    @Override
    public int incarnation() {
        return incarnation.get();
    }

    @Override
    public OptionalLong cacheTokens() {
        return cacheTokens;
    }

    @Override
    public String toString() {
        return spec.address() + " with " + inFlight + " in flight";
    }
}
