package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.InferenceRequest;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.spi.Handover.Receiver;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The engines and routers of one test. After it no request may be counted any more; then all are closed. */
public final class TestFleet implements AfterEachCallback {
    private static final Duration STEP = Duration.ofMillis(50);

    private final Optional<FakeClock> clock;
    /** Kept open, so that no later socket of this machine gets their ports. */
    private static final Queue<Socket> REFUSING = new ConcurrentLinkedQueue<>();

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<Router> routers = new ArrayList<>();

    /** A fleet whose routers use the system's time. */
    public TestFleet() {
        this.clock = Optional.empty();
    }

    /** A fleet whose routers use the test's clock. Once the test has ended, time passes until all is closed. */
    public TestFleet(FakeClock clock) {
        this.clock = Optional.of(clock);
    }

    public FakeEngine engine() {
        return opened(new FakeEngine());
    }

    public RawEngine rawEngine(RawEngine.Script script) {
        return opened(new RawEngine(script));
    }

    <C extends AutoCloseable> C opened(C closeable) {
        open.push(closeable);
        return closeable;
    }

    /** A builder whose strategy tries nodes in their order, for tests to go on with. */
    public static RouterBuilder over(NodeSpec... nodes) {
        RouterBuilder builder = new RouterBuilder().backend(PlainBackend.NAME).strategy("round_robin");
        for (NodeSpec node : nodes) {
            builder.node(node);
        }
        return builder;
    }

    /** As {@link #over}, for requests that are split; any decode node may fetch a cache. */
    public static RouterBuilder split(NodeSpec... nodes) {
        return over(nodes).option(PlainTwoStage.RECEIVER, Receiver.ANY.name()).prefillDecode();
    }

    /** As {@link #over}, for requests that go to two nodes at once. */
    public static RouterBuilder paired(NodeSpec... nodes) {
        return over(nodes).option(PlainBackend.DUAL, "").prefillDecode();
    }

    public Router router(NodeSpec... nodes) {
        return router(over(nodes));
    }

    public Router router(RouterBuilder builder) {
        clock.ifPresent(builder::clock);
        Router router = opened(builder.build());
        routers.add(router);
        return router;
    }

    /** A node that refuses connections: its port is bound, so that nobody else gets it, and not listened on. */
    public static NodeSpec refusing() {
        try {
            Socket bound = new Socket();
            bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            REFUSING.add(bound);
            return NodeSpec.of(PlainBackend.NAME, "http://127.0.0.1:" + bound.getLocalPort())
                    .withModels(FakeEngine.MODEL);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A node that refuses connections, with this role. */
    public static NodeSpec refusing(Role role) {
        return refusing().withRole(role);
    }

    public static InferenceRequest chat() {
        return chat("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    }

    public static InferenceRequest chat(String body) {
        return InferenceRequest.post("/v1/chat/completions", body.getBytes(UTF_8));
    }

    public static int inFlight(Router router) {
        return router.nodes().all().stream().mapToInt(node -> node.inFlight()).sum();
    }

    /** How many requests are counted on this node. */
    public static int inFlight(Router router, NodeSpec node) {
        return status(router, node).inFlight();
    }

    static NodeStatus status(Router router, NodeSpec node) {
        return router.nodes().all().stream()
                .filter(status -> status.spec().address().equals(node.address()))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        try {
            for (Router router : routers) {
                await("no request is counted any more", () -> inFlight(router) == 0);
            }
        } finally {
            CompletableFuture<Void> closing = CompletableFuture.runAsync(this::close);
            await("all is closed", closing::isDone);
            closing.get();
        }
    }

    private void await(String description, BooleanSupplier condition) {
        clock.ifPresentOrElse(
                moved -> eventually(description, moved, STEP, condition), () -> eventually(description, condition));
    }

    private void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
