package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.FakeEngine.empty;
import static io.dlrouter.core.Fleet.chat;
import static io.dlrouter.core.Fleet.over;
import static io.dlrouter.core.Fleet.refusing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.Router;
import java.nio.file.Path;
import java.time.Duration;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that are announced again and again, for as long as they are or pass their probes. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeAnnouncementTest {
    private static final Duration OFTEN = Duration.ofMillis(10);
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final MockResponse SILENCE = new MockResponse.Builder()
            .onResponseStart(SocketEffect.Stall.INSTANCE)
            .build();

    @RegisterExtension
    final Fleet fleet = new Fleet();

    @TempDir
    Path folder;

    private final FakeEngine engine = fleet.engine();
    private final NodeSpec withoutModels = NodeSpec.of(PlainBackend.NAME, engine.url());
    private final NodeSpec node = engine.node();

    @Test
    void announce_newNode_isReadyOnceAProbeHasSaidWhatItServes() {
        Router router = router();

        router.nodes().announce(withoutModels, LONG);

        eventually("a request could be placed", () -> router.notReady().isEmpty());
        assertThat(only(router).state()).isEqualTo(NodeState.READY);
        assertThat(only(router).spec()).isEqualTo(withoutModels);
        router.route(chat()).close();
    }

    @Test
    void announce_newNodeThatIsSilent_isStartingAndWaitedForByNobody() {
        engine.health(SILENCE).models(SILENCE);
        Router router = router();
        long start = System.nanoTime();

        router.nodes().announce(withoutModels, LONG);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
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

        router.nodes().announce(node, SHORT);

        assertThat(router.nodes().all()).hasSize(1);
        eventually("it is removed", () -> router.nodes().all().isEmpty());
    }

    @Test
    void announce_engineThatHasEnded_isRemovedAfterItsLifetime() {
        Router router = router();

        router.nodes().announce(refusing(), Duration.ofMillis(1));

        eventually("it is removed", () -> router.nodes().all().isEmpty());
    }

    @Test
    void announce_engineFailsItsProbesButIsAnnouncedAgain_staysTheNodeThatItIs() {
        Router router = router();
        router.nodes().announce(node, SHORT);
        long start = System.nanoTime();

        try (InferenceResponse open = router.route(chat())) {
            engine.health(empty(500));
            eventually("three lifetimes have passed", () -> {
                router.nodes().announce(node, SHORT);
                return System.nanoTime() - start > 3 * SHORT.toNanos();
            });

            assertThat(open.status()).isEqualTo(200);
            assertThat(only(router).inFlight()).isOne();
        }
        eventually("it is removed", () -> router.nodes().all().isEmpty());
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
        eventually("some probes have passed", () -> engine.probesOf("/health") > 3);

        router.nodes().announce(node.withSpeed(2), A_SECOND);
        long start = System.nanoTime();
        eventually("two lifetimes have passed", () -> System.nanoTime() - start > 2 * A_SECOND.toNanos());
        assertThat(router.nodes().all()).hasSize(1);

        engine.health(empty(500));
        eventually("it is removed", () -> router.nodes().all().isEmpty());
    }

    @Test
    void announce_nodeThatIsRemovedWithARequest_letsThatEnd() {
        Router router = router();
        router.nodes().announce(node, SHORT);

        try (InferenceResponse open = router.route(chat())) {
            engine.health(empty(500));
            eventually("it is removed", () -> router.nodes().all().isEmpty());
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
        eventually("the node is ready", () -> only(router).state() == NodeState.READY);

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
        assertStandsAgainstAnnouncement(fleet.router(over(node).healthCheckInterval(OFTEN)), node);
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
        eventually("the node is ejected", () -> only(router).state() == NodeState.EJECTED);
        long probes = engine.probesOf("/health");
        eventually("more probes have come", () -> engine.probesOf("/health") > probes + 5);
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
        router.nodes().announce(node, SHORT);

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
        return fleet.router(over().healthCheckInterval(OFTEN));
    }

    private Router kept() {
        return fleet.router(over().healthCheckInterval(OFTEN).nodeTable(folder.resolve("nodes.json")));
    }

    private static NodeStatus only(Router router) {
        assertThat(router.nodes().all()).hasSize(1);
        return router.nodes().all().get(0);
    }
}
