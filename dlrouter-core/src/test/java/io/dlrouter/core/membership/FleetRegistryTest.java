package io.dlrouter.core.membership;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.FakeEngine.empty;
import static io.dlrouter.core.FakeEngine.modelList;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.InferenceResponse;
import io.dlrouter.ModelCard;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.core.FakeEngine;
import io.dlrouter.core.PlainBackend;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.core.runtime.Deadlines;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FleetRegistryTest {
    private static final Duration STEP = Duration.ofMillis(100);
    private static final NodeAddress NOWHERE = NodeAddress.parse("http://127.0.0.1:9");

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final FakeEngine engine = fleet.engine();
    private final NodeSpec withoutModels = NodeSpec.of(PlainBackend.NAME, engine.url());

    @Test
    void add_noModelsNamed_asksTheNode() {
        Router router = fleet.router();
        engine.models(modelList("a", "b"));

        router.nodes().add(withoutModels);

        assertThat(status(router).state()).isEqualTo(NodeState.READY);
        assertThat(status(router).models()).extracting(ModelCard::id).containsExactly("a", "b");
        assertThat(router.models())
                .allSatisfy(card -> assertThat(card.created()).hasValue(1));
    }

    @Test
    void add_modelsNamed_asksNobody() {
        Router router = fleet.router();
        NodeSpec nowhere = NodeSpec.of(PlainBackend.NAME, NOWHERE).withModels("m");

        router.nodes().add(nowhere);

        assertThat(status(router).state()).isEqualTo(NodeState.READY);
        assertThat(status(router).spec()).isEqualTo(nowhere);
    }

    @Test
    void add_nodeWithoutAResponseYet_isStartingUntilItsModelsAreKnown() {
        engine.models(empty(503));
        Router router = fleet.router(over());

        router.nodes().add(withoutModels);
        assertThat(status(router).state()).isEqualTo(NodeState.STARTING);
        assertThat(router.notReady()).isPresent();
        engine.models(modelList(FakeEngine.MODEL));

        eventually(
                "a request could be placed",
                clock,
                STEP,
                () -> router.notReady().isEmpty());
        assertThat(status(router).state()).isEqualTo(NodeState.READY);
        router.route(chat()).close();
    }

    @Test
    void add_nodeIsSilent_waitsForItAtMostFiveSeconds() {
        engine.models(new MockResponse.Builder()
                .onResponseStart(SocketEffect.Stall.INSTANCE)
                .build());
        Router router = fleet.router();

        CompletableFuture<Void> added =
                CompletableFuture.runAsync(() -> router.nodes().add(withoutModels));
        engine.probe();
        clock.advance(Duration.ofSeconds(5).minusNanos(1));
        assertThat(added).isNotDone();
        clock.advance(Deadlines.TICK);

        added.join();
        assertThat(status(router).state()).isEqualTo(NodeState.STARTING);
    }

    @Test
    void add_unknownBackend_isRefusedWithTheKnownOnes() {
        Router router = fleet.router();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> router.nodes().add(NodeSpec.of("vllm", "http://a:1")))
                .withMessageContaining("backend: vllm (expected: one of plain");
        assertThat(router.nodes().all()).isEmpty();
    }

    @Test
    void add_knownAddress_renewsItAndKeepsItsRequests() {
        Router router = fleet.router(engine.node(), fleet.engine().node());

        try (InferenceResponse open = router.route(chat())) {
            router.nodes().add(engine.node().withSpeed(2).withRole(Role.HYBRID));

            assertThat(status(router).spec().speed()).hasValue(2);
            assertThat(status(router).inFlight()).isOne();
            assertThat(open.status()).isEqualTo(200);
        }
        assertThat(status(router).inFlight()).isZero();
        assertThat(router.nodes().all()).hasSize(2);
    }

    @Test
    void add_drainingNode_takesRequestsAgain() {
        Router router = fleet.router(engine.node());

        try (InferenceResponse open = router.route(chat())) {
            router.nodes().drain(open.servedBy().address());
            router.nodes().add(engine.node());
        }

        router.route(chat()).close();
        assertThat(status(router).state()).isEqualTo(NodeState.READY);
    }

    @Test
    void remove_nodeWithRequests_letsThemEnd() throws IOException {
        Router router = fleet.router(engine.node());

        try (InferenceResponse open = router.route(chat())) {
            assertThat(router.nodes().remove(engine.node().address())).isTrue();

            assertThat(router.nodes().all()).isEmpty();
            assertThat(open.body().readAllBytes()).asString().isEqualTo("{}");
        }
        assertThat(router.nodes().all()).isEmpty();
    }

    @Test
    void drain_nodeWithRequests_isRemovedWithTheLast() {
        Router router = fleet.router(engine.node());
        InferenceResponse first = router.route(chat());
        InferenceResponse second = router.route(chat());

        assertThat(router.nodes().drain(engine.node().address())).isTrue();
        assertThat(status(router).state()).isEqualTo(NodeState.DRAINING);
        first.close();
        assertThat(status(router).inFlight()).isOne();
        second.close();

        assertThat(router.nodes().all()).isEmpty();
    }

    @Test
    void drain_idleNode_isRemovedAtOnce() {
        Router router = fleet.router(engine.node());

        assertThat(router.nodes().drain(engine.node().address())).isTrue();

        assertThat(router.nodes().all()).isEmpty();
    }

    @Test
    void change_unknownAddress_isFalse() {
        Router router = fleet.router(engine.node());
        NodeAddress rankOfIt = NodeAddress.parse(engine.url() + "@0");

        for (NodeAddress unknown : List.of(NOWHERE, rankOfIt)) {
            assertThat(router.nodes().remove(unknown)).isFalse();
            assertThat(router.nodes().drain(unknown)).isFalse();
            assertThat(router.nodes().terminate(unknown)).isFalse();
        }
        assertThat(router.nodes().all()).hasSize(1);
    }

    @Test
    void all_severalNodes_areInOrderOfTheirRegistration() {
        Router router = fleet.router(engine.node());
        for (String host : List.of("c", "a", "b")) {
            router.nodes().add(Nodes.spec(host, "m"));
        }

        assertThat(router.nodes().all())
                .extracting(node -> node.spec().address().url().getHost())
                .containsExactly("localhost", "c", "a", "b");
    }

    private static NodeStatus status(Router router) {
        return router.nodes().all().get(0);
    }
}
