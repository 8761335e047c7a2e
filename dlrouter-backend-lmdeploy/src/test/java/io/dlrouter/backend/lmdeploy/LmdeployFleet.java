package io.dlrouter.backend.lmdeploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import io.dlrouter.core.InMemoryRouter;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.core.RouterEvents;
import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.InMemoryNetwork;
import io.dlrouter.simulator.SimulatedEngine;
import io.dlrouter.simulator.SimulatedEngineBuilder;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Simulated prefill and decode engines of LMDeploy without sockets, and a router over them whose time a test moves. The
 * router takes the engines of a role in turn; engines are registered with it as they start. Used by one test.
 */
final class LmdeployFleet implements AutoCloseable {
    static final String ROUTE = "/v1/chat/completions";
    static final String CHAT =
            "{\"model\":\"demo\",\"max_tokens\":6,\"messages\":[{\"role\":\"user\",\"content\":\"Tell me of it\"}]}";
    static final String STREAM =
            CHAT.replace("{\"model\"", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\"");

    /** How long a test waits, in real time, for what other threads are about to do. */
    static final Duration GENEROUS = Duration.ofSeconds(30);

    /** After which the router makes its first call to free a cache. */
    static final Duration FREE_DELAY = Duration.ofMillis(100);

    final FakeClock clock = new FakeClock();
    final List<SimulatedEngine> prefills = new ArrayList<>();
    final List<SimulatedEngine> decodes = new ArrayList<>();
    final Router router;

    private final InMemoryNetwork network;
    private final RouterEvents events = new RouterEvents();
    private final Set<SimulatedEngine> unfreed = new HashSet<>();
    private final ExecutorService callers = Executors.newCachedThreadPool(LmdeployFleet::daemon);

    /** A router without nodes, with these options. */
    LmdeployFleet(UnaryOperator<RouterBuilder> options) {
        this.network = new InMemoryNetwork();
        this.router = options.apply(InMemoryRouter.builder(network, clock)
                        .backend("lmdeploy")
                        .prefillDecode()
                        .strategy("round_robin")
                        .listener(events))
                .build();
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "caller");
        thread.setDaemon(true);
        return thread;
    }

    /** An engine that listens on the fleet's network once it is started. */
    SimulatedEngineBuilder engine() {
        return SimulatedEngine.builder(EngineKind.LMDEPLOY).model("demo").network(network);
    }

    SimulatedEngine prefill() {
        return prefill(DistServeOptions.DEFAULT);
    }

    SimulatedEngine prefill(DistServeOptions options) {
        return prefill(engine().distServe(options));
    }

    SimulatedEngine prefill(SimulatedEngineBuilder builder) {
        SimulatedEngine engine = builder.prefill().start();
        prefills.add(engine);
        register(engine);
        return engine;
    }

    SimulatedEngine decode() {
        return decode(DistServeOptions.DEFAULT);
    }

    SimulatedEngine decode(DistServeOptions options) {
        return decode(engine().distServe(options));
    }

    SimulatedEngine decode(SimulatedEngineBuilder builder) {
        SimulatedEngine engine = builder.decode().start();
        decodes.add(engine);
        register(engine);
        return engine;
    }

    /** Registers an engine as it does that itself when it starts. */
    void register(SimulatedEngine engine) {
        router.nodes().add(node(engine));
    }

    NodeSpec node(SimulatedEngine engine) {
        return node(engine, prefills.contains(engine) ? Role.PREFILL : Role.DECODE);
    }

    static NodeSpec node(SimulatedEngine engine, Role role) {
        return NodeSpec.of("lmdeploy", engine.url()).withRole(role).withModels("demo");
    }

    NodeAddress address(SimulatedEngine engine) {
        return node(engine).address();
    }

    /** Ends an engine and starts it again: it begins a new life, and registers. */
    void restart(SimulatedEngine engine) {
        engine.stop();
        engine.restart();
        register(engine);
    }

    /** Has all pairs linked before the first request. */
    void link() {
        assertThat(router.linkAll())
                .isNotEmpty()
                .allSatisfy(link -> assertThat(link.failure()).isEmpty());
    }

    /** Routes a chat request and waits for the whole response. */
    Reply post(String body) {
        return post(ROUTE, body);
    }

    Reply post(String path, String body) {
        return post(InferenceRequest.post(path, body.getBytes(UTF_8)));
    }

    /** Routes a request and waits for the whole response. */
    Reply post(InferenceRequest request) {
        return post(request, new Cancellation());
    }

    private Reply post(InferenceRequest request, Cancellation cancellation) {
        try {
            return Reply.of(router.route(request, cancellation));
        } catch (RouterException e) {
            return Reply.of(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Routes a chat request on a thread of its own. */
    CompletableFuture<Reply> send(String body) {
        return send(body, new Cancellation());
    }

    CompletableFuture<Reply> send(String body, Cancellation cancellation) {
        InferenceRequest request = InferenceRequest.post(ROUTE, body.getBytes(UTF_8));
        return CompletableFuture.supplyAsync(() -> post(request, cancellation), callers);
    }

    /** Begins to do this so many times at once. */
    <T> List<CompletableFuture<T>> beginAtOnce(int count, Supplier<T> action) {
        return Stream.generate(() -> CompletableFuture.supplyAsync(action, callers))
                .limit(count)
                .toList();
    }

    /** Does this so many times at once, and gives the results. */
    <T> List<T> atOnce(int count, Supplier<T> action) {
        return results(beginAtOnce(count, action));
    }

    static <T> List<T> results(List<CompletableFuture<T>> begun) {
        return begun.stream().map(CompletableFuture::join).toList();
    }

    /** Waits until an engine has so many requests of a path. */
    static void awaitRequests(SimulatedEngine engine, String path, int count) {
        engine.awaitRequests(path, count, GENEROUS);
    }

    /** Moves on in these steps until the router, which acts on threads of its own, has come to a state. */
    void advanceUntil(BooleanSupplier condition, Duration step) {
        long end = System.nanoTime() + GENEROUS.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("now").isLessThan(end);
            clock.advance(step);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Waits until something holds that changes with the state of a node or with a request. */
    void await(BooleanSupplier condition) {
        events.await(condition);
    }

    boolean knows(SimulatedEngine engine) {
        return router.nodes().all().stream().anyMatch(node -> isOf(node, engine));
    }

    /** The state of an engine's node. */
    NodeStatus status(SimulatedEngine engine) {
        return router.nodes().all().stream()
                .filter(node -> isOf(node, engine))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isOf(NodeStatus node, SimulatedEngine engine) {
        return node.spec().address().url().toString().equals(engine.url());
    }

    /** Asserts how many chat requests the engines of each role were sent. */
    void assertChats(int prefillCount, int decodeCount) {
        assertThat(requests(prefills)).as("prefills").isEqualTo(prefillCount);
        assertThat(requests(decodes)).as("decodes").isEqualTo(decodeCount);
    }

    private static long requests(List<SimulatedEngine> engines) {
        return engines.stream()
                .mapToLong(engine -> engine.requests(ROUTE).size())
                .sum();
    }

    /**
     * Moves on over the gaps after the first attempts to link two engines, as each attempt fails.
     *
     * @return the gaps
     */
    List<Duration> passLinkGaps(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> passLinkGap(longestLinkGap(i)))
                .toList();
    }

    private Duration passLinkGap(Duration longest) {
        Duration gap = clock.awaitTaskIn(longest.multipliedBy(3).dividedBy(4), longest);
        clock.advance(gap);
        return gap;
    }

    /** The longest gap after so many attempts and one. */
    static Duration longestLinkGap(int attempts) {
        Duration doubled = Patience.DEFAULT.firstGap().multipliedBy(1L << attempts);
        return doubled.compareTo(Patience.DEFAULT.longestGap()) < 0 ? doubled : Patience.DEFAULT.longestGap();
    }

    /** Moves on until the router has tried to free a cache that nobody took, once. */
    void passFreeDelay() {
        passFreeDelay(1);
    }

    /** Moves on until the router tries to free a cache for this time. */
    void passFreeDelay(int attempt) {
        clock.awaitTaskIn(FREE_DELAY.multipliedBy(attempt));
        clock.advance(FREE_DELAY.multipliedBy(attempt));
    }

    /** Moves on until the router has freed so many caches of a prefill engine in all. */
    void awaitFreed(SimulatedEngine prefill, int count) {
        passFreeDelay();
        prefill.awaitSessions(sessions -> sessions.freed() == count, GENEROUS);
    }

    /** The sessions of an engine stay: their numbers are never named, or decode only pretends to have taken caches. */
    void sessionsStayAt(SimulatedEngine prefill) {
        unfreed.add(prefill);
    }

    /** Asserts that nothing is counted or in progress any more, and that no engine saw a violation of its protocol. */
    void assertNothingLeft() {
        for (SimulatedEngine engine : engines()) {
            assertThat(engine.awaitIdle(GENEROUS)).as("idle: %s", engine).isTrue();
            assertThat(engine.violations()).as("violations of %s", engine).isEmpty();
        }
        prefills.forEach(this::assertNoSessionLeft);
        await(() -> router.nodes().all().stream().allMatch(node -> node.inFlight() == 0));
    }

    /** An engine that is gone took its sessions with it. */
    private void assertNoSessionLeft(SimulatedEngine prefill) {
        long staying = unfreed.contains(prefill) ? prefill.requests(ROUTE).size() : 0;
        while (prefill.listening() && prefill.sessions().alive() > staying) {
            long alive = prefill.sessions().alive();
            passFreeDelay();
            prefill.awaitSessions(sessions -> sessions.alive() < alive, GENEROUS);
        }
        assertThat(prefill.sessions().freedUnknown())
                .as("unknown sessions freed at %s", prefill)
                .isZero();
        assertThat(prefill.sessions().freedStale())
                .as("stale sessions freed at %s", prefill)
                .isZero();
    }

    private List<SimulatedEngine> engines() {
        return Stream.of(prefills, decodes).flatMap(List::stream).toList();
    }

    /** Closes the router on a thread of its own. */
    CompletableFuture<Void> beginClose() {
        return CompletableFuture.runAsync(router::close, callers);
    }

    /** Closes the router, and moves its clock for what it waits for. */
    void closeRouter() {
        CompletableFuture<Void> closed = beginClose();
        while (!isDoneWithin(closed, Duration.ofMillis(1))) {
            clock.advance(Duration.ofSeconds(1));
        }
    }

    private static boolean isDoneWithin(CompletableFuture<Void> stage, Duration limit) {
        try {
            stage.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        engines().forEach(SimulatedEngine::close);
        closeRouter();
        callers.shutdownNow();
    }
}
