package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.FakeEngine.empty;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.TestFleet.refusing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.testkit.FakeClock;
import java.nio.file.Path;
import java.time.Duration;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that are announced again and again, for as long as they are or pass their probes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeAnnouncementTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration LIFETIME = Duration.ofHours(1);
    private static final Duration STEP = Duration.ofSeconds(1);
    private static final MockResponse SILENCE = new MockResponse.Builder()
            .onResponseStart(SocketEffect.Stall.INSTANCE)
            .build();

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    @TempDir
    Path folder;

    private final FakeEngine engine = fleet.engine();
    private final NodeSpec withoutModels = NodeSpec.of(PlainBackend.NAME, engine.url());
    private final NodeSpec node = engine.node();

    @Test
    void announce_newNode_isReadyOnceAProbeHasSaidWhatItServes() {
        Router router = router();

        router.nodes().announce(withoutModels, LONG);

        eventually(
                "a request could be placed",
                clock,
                STEP,
                () -> router.notReady().isEmpty());
        assertThat(only(router).state()).isEqualTo(NodeState.READY);
        assertThat(only(router).spec()).isEqualTo(withoutModels);
        router.route(chat()).close();
    }

    @Test
    void announce_newNodeThatIsSilent_isStartingAndWaitedForByNobody() {
        engine.health(SILENCE).models(SILENCE);
        Router router = router();

        router.nodes().announce(withoutModels, LONG);

        assertThat(only(router).state()).isEqualTo(NodeState.STARTING);
    }

    @Test
    void announce_unknownBackend_isRefused() {
        Router router = router();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> router.nodes().announce(NodeSpec.of("vllm", "http://a:1"), LONG))
                .withMessageContaining("backend: vllm (expected: one of plain");
        assertThat(router.nodes().all()).isEmpty();
    }

    @Test
    void announce_engineFailsItsProbes_isRemovedAfterItsLifetime() {
        engine.health(empty(500));
        Router router = router();

        router.nodes().announce(node, LIFETIME);

        clock.advance(LIFETIME);
        assertThat(router.nodes().all()).hasSize(1);
        awaitRemoval(router);
    }

    @Test
    void announce_engineThatHasEnded_isRemovedAfterItsLifetime() {
        Router router = router();

        router.nodes().announce(refusing(), Duration.ofMillis(1));

        awaitRemoval(router);
    }

    @Test
    void announce_engineFailsItsProbesButIsAnnouncedAgain_staysTheNodeThatItIs() {
        Router router = router();
        router.nodes().announce(node, LIFETIME);

        try (InferenceResponse open = router.route(chat())) {
            engine.health(empty(500));
            for (int i = 0; i < 6; i++) {
                clock.advance(LIFETIME.dividedBy(2));
                router.nodes().announce(node, LIFETIME);
            }

            assertThat(open.status()).isEqualTo(200);
            assertThat(only(router).inFlight()).isOne();
        }
        awaitRemoval(router);
    }

    private void awaitRemoval(Router router) {
        eventually(
                "it is removed",
                clock,
                STEP.multipliedBy(60),
                () -> router.nodes().all().isEmpty());
    }

    @Test
    void announce_onceByAnEngineThatPassesItsProbes_stays() {
        assertStaysWhile(empty(200));
    }

    @Test
    void announce_onceByAnEngineThatSaysItWaits_stays() {
        assertStaysWhile(new MockResponse.Builder().code(503).body("waiting").build());
    }

    private void assertStaysWhile(MockResponse health) {
        engine.health(health);
        Router router = router();
        router.nodes().announce(node, LONG);
        awaitProbes(3);

        router.nodes().announce(node.withSpeed(2), LIFETIME);
        for (int i = 0; i < 6; i++) {
            clock.advance(LIFETIME.dividedBy(2));
            awaitProbes(2); // of which the first one has been judged when the second one comes
        }
        assertThat(router.nodes().all()).hasSize(1);

        engine.health(empty(500));
        awaitRemoval(router);
    }

    private void awaitProbes(int more) {
        long before = engine.probesOf("/health");
        eventually("more probes have come", clock, STEP, () -> engine.probesOf("/health") >= before + more);
    }

    @Test
    void announce_nodeThatIsRemovedWithARequest_letsThatEnd() {
        Router router = router();
        router.nodes().announce(node, LIFETIME);

        try (InferenceResponse open = router.route(chat())) {
            engine.health(empty(500));
            awaitRemoval(router);
            assertThat(open.status()).isEqualTo(200);
        }
    }

    @Test
    void announce_otherDescription_replacesItAndKeepsItsRequests() {
        Router router = router();
        router.nodes().announce(node, LONG);

        try (InferenceResponse open = router.route(chat())) {
            router.nodes().announce(node.withRole(Role.DECODE).withZmqAddress("10.0.0.1:5600"), LONG);

            assertThat(only(router).spec()).isEqualTo(node.withRole(Role.DECODE).withZmqAddress("10.0.0.1:5600"));
            assertThat(only(router).inFlight()).isOne();
            assertThat(open.status()).isEqualTo(200);
            assertThat(router.notReady()).isPresent();
        }
    }

    @Test
    void announce_otherDescriptionWithoutModels_keepsThoseThatAreKnown() {
        Router router = router();
        router.nodes().announce(withoutModels, LONG);
        eventually("the node is ready", clock, STEP, () -> only(router).state() == NodeState.READY);

        router.nodes().announce(withoutModels.withZmqAddress("10.0.0.1:5600"), LONG);

        assertThat(only(router).state()).isEqualTo(NodeState.READY);
        assertThat(only(router).spec().zmqAddress()).hasValue("10.0.0.1:5600");
    }

    @Test
    void announce_otherBackend_isAnotherNode() {
        Router router = fleet.router(over().backend(PlainBackend.OTHER));
        router.nodes().announce(node, LONG);
        NodeSpec other = NodeSpec.of(PlainBackend.OTHER, engine.url()).withModels("n");

        router.nodes().announce(other, LONG);

        assertThat(only(router).spec()).isEqualTo(other);
        assertThat(router.models()).extracting(card -> card.id()).containsExactly("n");
    }

    @Test
    void announce_nodeOfTheConfiguration_staysAsItIsAndForEver() {
        assertStandsAgainstAnnouncement(fleet.router(over(node).healthCheckTimeout(LONG)), node);
    }

    @Test
    void announce_nodeThatIsRegistered_staysAsItIsAndForEver() {
        Router router = router();
        router.nodes().add(node);

        assertStandsAgainstAnnouncement(router, node);
    }

    private void assertStandsAgainstAnnouncement(Router router, NodeSpec known) {
        router.nodes().announce(node.withRole(Role.DECODE), Duration.ofMillis(1));

        engine.health(empty(500));
        eventually("the node is ejected", clock, STEP, () -> only(router).state() == NodeState.EJECTED);
        awaitProbes(5);
        assertThat(only(router).spec()).isEqualTo(known);
    }

    @Test
    void announce_anyNode_isNotFoundAfterARestart() {
        Router router = kept();
        router.nodes().announce(node, LONG);
        router.nodes().add(Nodes.spec("b", "m"));

        assertThat(kept().nodes().all()).extracting(NodeStatus::spec).containsExactly(Nodes.spec("b", "m"));
    }

    @Test
    void add_nodeThatWasAnnounced_isLastingAndFoundAfterARestart() {
        Router router = kept();
        router.nodes().announce(node, LIFETIME);

        router.nodes().add(node.withSpeed(2));

        assertThat(only(kept()).spec()).isEqualTo(node.withSpeed(2));
        assertStandsAgainstAnnouncement(router, node.withSpeed(2));
    }

    @Test
    void remove_nodeThatWasAnnounced_isGoneUntilItIsAnnouncedAgain() {
        Router router = router();
        router.nodes().announce(node, LONG);

        assertThat(router.nodes().remove(node.address())).isTrue();
        assertThat(router.nodes().all()).isEmpty();
        router.nodes().announce(node, LONG);

        assertThat(router.nodes().all()).hasSize(1);
    }

    @Test
    void drain_nodeThatIsAnnouncedAllTheSame_takesNoNewRequest() {
        Router router = router();
        router.nodes().announce(node, LONG);

        try (InferenceResponse open = router.route(chat())) {
            router.nodes().drain(open.servedBy().address());
            router.nodes().announce(node, LONG);

            assertThat(only(router).state()).isEqualTo(NodeState.DRAINING);
        }
        assertThat(router.nodes().all()).isEmpty();
    }

    private Router router() {
        return fleet.router(over().healthCheckTimeout(LONG));
    }

    private Router kept() {
        return fleet.router(over().nodeTable(folder.resolve("nodes.json")));
    }

    private static NodeStatus only(Router router) {
        assertThat(router.nodes().all()).hasSize(1);
        return router.nodes().all().get(0);
    }
}
