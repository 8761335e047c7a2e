package io.dlrouter.core;

import io.dlrouter.NodeRegistry;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.RouterClock;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A discovery that finds what a test announces, and keeps what the router did with it. */
final class PlainDiscovery implements NodeDiscovery {
    private static final String OPTION = "plain_discovery";
    private static final Map<String, PlainDiscovery> ALL = new ConcurrentHashMap<>();

    private final String id = UUID.randomUUID().toString();
    private final AtomicInteger starts = new AtomicInteger();
    private final AtomicInteger closings = new AtomicInteger();
    private volatile @Nullable NodeRegistry nodes;

    private final Consumer<NodeRegistry> beginning;

    PlainDiscovery() {
        this(registry -> {});
    }

    /** @param beginning what it does when it is started */
    PlainDiscovery(Consumer<NodeRegistry> beginning) {
        this.beginning = beginning;
        ALL.put(id, this);
    }

    /** The discovery that these options ask for, if they do. */
    static Optional<NodeDiscovery> of(Map<String, String> options) {
        return Optional.ofNullable(options.get(OPTION)).map(ALL::get);
    }

    /** A builder whose backend has this discovery. */
    RouterBuilder in(RouterBuilder builder) {
        return builder.option(OPTION, id);
    }

    @Override
    public void start(NodeRegistry registry, RouterClock clock) {
        nodes = registry;
        starts.incrementAndGet();
        beginning.accept(registry);
    }

    int starts() {
        return starts.get();
    }

    int closings() {
        return closings.get();
    }

    /** Where to announce nodes. */
    NodeRegistry nodes() {
        NodeRegistry started = nodes;
        if (started == null) {
            throw new AssertionError("The discovery was not started");
        }
        return started;
    }

    @Override
    public void close() {
        closings.incrementAndGet();
    }
}
