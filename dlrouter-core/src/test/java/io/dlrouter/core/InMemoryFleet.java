package io.dlrouter.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.InMemoryNetwork;
import io.dlrouter.simulator.SimulatedEngine;
import io.dlrouter.simulator.SimulatedEngineBuilder;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Simulated prefill and decode engines of one kind on an {@link InMemoryNetwork}, and a router over them whose time a test
 * moves. The router takes the engines in turn and has linked them where they have to be. Used by one test.
 */
public final class InMemoryFleet implements AutoCloseable {
    /** How long a node may take for a response, on the router's clock. */
    public static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(1);

    /** The path of chat requests. */
    public static final String CHAT = "/v1/chat/completions";

    /** How long a test waits, in real time, for what other threads are about to do. */
    static final Duration GENEROUS = Duration.ofSeconds(30);

    /** After which the router makes its first call to release a cache. */
    private static final Duration RELEASE_DELAY = Duration.ofMillis(100);

    private static final String MODEL = "demo";

    private final EngineKind kind;
    private final FakeClock clock = new FakeClock();
    private final InMemoryNetwork network = new InMemoryNetwork();
    private final RouterEvents events = new RouterEvents();
    private final List<SimulatedEngine> prefills = new ArrayList<>();
    private final List<SimulatedEngine> decodes = new ArrayList<>();
    private final Set<SimulatedEngine> keeping = new HashSet<>();
    private final Router router;

    private InMemoryFleet(EngineKind kind, int prefillCount, int decodeCount) {
        this.kind = kind;
        for (int i = 0; i < prefillCount; i++) {
            prefills.add(engine().prefill().start());
        }
        for (int i = 0; i < decodeCount; i++) {
            decodes.add(engine().decode().start());
        }
        this.router = built();
    }

    /**
     * Starts so many engines of each role and a router that knows all of them.
     *
     * @return to be closed by the caller
     */
    public static InMemoryFleet of(EngineKind kind, int prefills, int decodes) {
        InMemoryFleet fleet = new InMemoryFleet(kind, prefills, decodes);
        fleet.awaitReady();
        return fleet;
    }

    private SimulatedEngineBuilder engine() {
        return SimulatedEngine.builder(kind).model(MODEL).network(network);
    }

    private Router built() {
        RouterBuilder builder = new RouterBuilder()
                .backend(backend())
                .prefillDecode()
                .strategy("round_robin")
                .requestTimeout(REQUEST_TIMEOUT)
                .listener(events)
                .clock(events.on(clock))
                .connector(new InMemoryConnector(network));
        prefills.forEach(engine -> builder.node(node(engine, Role.PREFILL)));
        decodes.forEach(engine -> builder.node(node(engine, Role.DECODE)));
        return builder.build();
    }

    private String backend() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private NodeSpec node(SimulatedEngine engine, Role role) {
        return NodeSpec.of(backend(), engine.url()).withRole(role);
    }

    private void awaitReady() {
        events.await(() -> nodes().allMatch(node -> node.state() == NodeState.READY));
        assertThat(router.linkAll())
                .allSatisfy(link -> assertThat(link.failure()).isEmpty());
    }

    private Stream<NodeStatus> nodes() {
        return router.nodes().all().stream();
    }

    /** The router over the engines. */
    public Router router() {
        return router;
    }

    /** The router's clock. */
    public FakeClock clock() {
        return clock;
    }

    /** The engines of a role, in the order in which the router takes them. */
    public List<SimulatedEngine> engines(Role role) {
        return role == Role.PREFILL ? prefills : decodes;
    }

    /** How many chat requests the engines of a role were sent. */
    public long requests(Role role) {
        return engines(role).stream()
                .mapToLong(engine -> engine.requests(CHAT).size())
                .sum();
    }

    /** The sessions of this engine of LMDeploy stay, because the router cannot learn their numbers. */
    public void sessionsStayAt(SimulatedEngine prefill) {
        keeping.add(prefill);
    }

    /** Asserts that nothing is counted or in progress any more, and that no engine saw a violation of its protocol. */
    public void assertNothingLeft() {
        awaitRelease();
        Stream.of(prefills, decodes).flatMap(List::stream).forEach(InMemoryFleet::assertNothingLeft);
        if (kind == EngineKind.LMDEPLOY) {
            prefills.forEach(this::assertNoSessionLeft);
        }
    }

    /** A cache that is to be released is counted on its node until the call for it, which waits for its time, is made. */
    private void awaitRelease() {
        events.await(() -> inFlight() == clock.tasksIn(RELEASE_DELAY));
        if (inFlight() > 0) {
            clock.advance(RELEASE_DELAY);
            events.await(() -> inFlight() == 0);
        }
    }

    private int inFlight() {
        return nodes().mapToInt(NodeStatus::inFlight).sum();
    }

    private static void assertNothingLeft(SimulatedEngine engine) {
        assertThat(engine.awaitIdle(GENEROUS)).as("idle: %s", engine).isTrue();
        assertThat(engine.violations()).as("violations of %s", engine).isEmpty();
        assertThat(engine.awaitRooms(rooms -> rooms.waiting() == 0, GENEROUS).waiting())
                .as("rooms of %s", engine)
                .isZero();
        assertThat(engine.kv().doubleSpends()).as("double spends of %s", engine).isZero();
        assertThat(engine.kv())
                .satisfies(kv -> assertThat(kv.issued()).isEqualTo(kv.pulled() + kv.expired() + kv.held()));
    }

    private void assertNoSessionLeft(SimulatedEngine prefill) {
        long staying = keeping.contains(prefill) ? prefill.requests(CHAT).size() : 0;
        if (prefill.listening()) {
            assertThat(prefill.sessions().alive()).as("sessions of %s", prefill).isEqualTo(staying);
        }
        assertThat(prefill.sessions().freedUnknown())
                .as("unknown sessions released at %s", prefill)
                .isZero();
        assertThat(prefill.sessions().freedStale())
                .as("stale sessions released at %s", prefill)
                .isZero();
    }

    @Override
    public void close() {
        router.close();
        prefills.forEach(SimulatedEngine::close);
        decodes.forEach(SimulatedEngine::close);
    }
}
