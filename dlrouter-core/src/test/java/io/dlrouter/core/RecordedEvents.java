package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** All that a router says of what it does, in words. What concerns nodes is kept apart. */
public final class RecordedEvents implements RouterListener {
    private final Queue<String> events = new ConcurrentLinkedQueue<>();
    private final Queue<String> nodes = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<RoutedRequest> requests = new LinkedBlockingQueue<>();

    /** What was said of requests, in order. */
    public List<String> events() {
        return List.copyOf(events);
    }

    /** What was said of nodes, in order. */
    public List<String> nodes() {
        return List.copyOf(nodes);
    }

    /** The next request that has ended. */
    public RoutedRequest request() throws InterruptedException {
        RoutedRequest next = requests.poll(30, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("No request has ended within 5 s");
        }
        return next;
    }

    /** Waits until this has been said. */
    void await(String event) {
        eventually("it says: " + event + " (it said: " + events + ")", () -> events.contains(event));
    }

    private static String role(Attempt attempt) {
        return attempt.node().role().name().toLowerCase(Locale.ROOT) + " " + attempt.number();
    }

    @Override
    public void attemptStarted(Attempt attempt, Duration waited) {
        events.add("placed " + role(attempt) + " by " + attempt.strategy());
    }

    @Override
    public void firstByte(Attempt attempt, Duration elapsed) {
        events.add("first byte " + role(attempt));
    }

    @Override
    public void chunk(Attempt attempt, long nanos) {
        events.add("chunk " + role(attempt));
    }

    @Override
    public void attemptEnded(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {
        events.add("ended " + role(attempt) + " " + outcome + (status.isPresent() ? " " + status.getAsInt() : ""));
    }

    @Override
    public void retryDenied(String model, Role role) {
        events.add("denied " + model + " " + role);
    }

    @Override
    public void handoverCompleted(Attempt decode, Duration prefill, Duration gap) {
        events.add("handed over to " + role(decode));
    }

    @Override
    public void decodedAlone(Attempt decode) {
        events.add("fell back to " + role(decode));
    }

    @Override
    public void cacheSettled(NodeSpec prefill, CacheOutcome outcome) {
        events.add("cache " + outcome);
    }

    @Override
    public void completed(RoutedRequest request) {
        requests.add(request);
    }

    @Override
    public void nodeChanged(NodeStatus node, Optional<NodeState> before) {
        nodes.add(before.map(state -> state + " to ").orElse("new ") + node.state());
    }

    @Override
    public void nodeLeft(NodeSpec node) {
        nodes.add("left");
    }
}
