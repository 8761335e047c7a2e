package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.FakeEngine.empty;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.FakeEngine.modelList;
import static io.dlrouter.core.Fleet.chat;
import static io.dlrouter.core.Fleet.over;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.dlrouter.InferenceResponse;
import io.dlrouter.ModelCard;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import io.dlrouter.spi.FakeClock;
import java.time.Duration;
import java.util.List;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HealthMonitorTest {
    private static final Duration OFTEN = Duration.ofMillis(10);
    private static final Duration ONCE = Duration.ofHours(1);
    private static final MockResponse SILENCE = new MockResponse.Builder()
            .onResponseStart(SocketEffect.Stall.INSTANCE)
            .build();

    @RegisterExtension
    final Fleet fleet = new Fleet();

    private final FakeEngine engine = fleet.engine();

    @Test
    void probe_failsTooOften_ejectsUntilItPassesAgain() {
        engine.health(empty(500));
        Router router = fleet.router(over(engine.node()).healthCheckInterval(OFTEN));

        eventually("the node is ejected", () -> state(router) == NodeState.EJECTED);
        assertThat(engine.probesOf("/health")).isGreaterThanOrEqualTo(3);
        assertThat(router.models()).isEmpty();
        assertThatExceptionOfType(NoNodeAvailableException.class).isThrownBy(() -> router.route(chat()));

        engine.health(empty(200));
        eventually("the node is back", () -> router.notReady().isEmpty());
        assertThat(state(router)).isEqualTo(NodeState.READY);
        router.route(chat()).close();
    }

    @Test
    void probe_failsLessOftenThanAllowed_ejectsNot() {
        engine.health(empty(500));
        Router router =
                fleet.router(over(engine.node()).healthCheckInterval(OFTEN).healthCheckMaxFailures(1_000_000));

        eventually("many probes have failed", () -> engine.probesOf("/health") > 10);
        assertThat(state(router)).isEqualTo(NodeState.READY);
    }

    @Test
    void probe_passesInBetween_startsToCountAnew() {
        engine.healthFirst(empty(500), empty(500), empty(200), empty(500)).health(SILENCE);
        Router router = fleet.router(over(engine.node()).healthCheckInterval(OFTEN));

        eventually("the fourth probe is judged and the fifth is under way", () -> engine.probesOf("/health") == 5);

        assertThat(state(router)).isEqualTo(NodeState.READY);
    }

    @Test
    void probe_engineRefuses_ejects() {
        Router router = fleet.router(over(Fleet.refusing()).healthCheckInterval(OFTEN));

        eventually("the node is ejected", () -> state(router) == NodeState.EJECTED);
    }

    @Test
    void probe_engineIsSilent_ejectsAfterTheTimeout() {
        engine.health(SILENCE);
        FakeEngine other = fleet.engine();
        Router router = fleet.router(
                over(engine.node(), other.node()).healthCheckInterval(OFTEN).healthCheckTimeout(Duration.ofMillis(50)));

        eventually("the node is ejected", () -> state(router) == NodeState.EJECTED);
    }

    /** Engines that are too busy for probes are no reason to turn every request away. */
    @Test
    void probe_allEnginesAreSilent_oneIsKept() {
        engine.health(SILENCE);
        FakeEngine other = fleet.engine().health(SILENCE);
        Router router = fleet.router(
                over(engine.node(), other.node()).healthCheckInterval(OFTEN).healthCheckTimeout(Duration.ofMillis(50)));

        eventually("one is ejected", () -> states(router).contains(NodeState.EJECTED));
        awaitProbes(engine, 3);
        awaitProbes(other, 3);

        assertThat(states(router)).containsExactlyInAnyOrder(NodeState.EJECTED, NodeState.READY);
    }

    private static List<NodeState> states(Router router) {
        return router.nodes().all().stream().map(NodeStatus::state).toList();
    }

    private static void awaitProbes(FakeEngine probed, int more) {
        long before = probed.probesOf("/health");
        eventually("it was probed again", () -> probed.probesOf("/health") >= before + more);
    }

    @Test
    void probe_engineWithoutHealthRoute_isAlive() {
        engine.health(empty(404));
        Router router =
                fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url())).healthCheckInterval(OFTEN));

        eventually("the node is ready", () -> state(router) == NodeState.READY);
    }

    @Test
    void probe_engineSaysItWaits_isNoFailure() {
        engine.health(new MockResponse.Builder().code(503).body("waiting").build());
        Router router = fleet.router(over(engine.node()).healthCheckInterval(OFTEN));

        eventually("the node is starting", () -> state(router) == NodeState.STARTING);
        long probes = engine.probesOf("/health");
        eventually("more probes have come", () -> engine.probesOf("/health") > probes + 5);
        assertThat(state(router)).isEqualTo(NodeState.STARTING);

        engine.health(empty(200));
        eventually("the node is ready", () -> state(router) == NodeState.READY);
    }

    @Test
    void probe_modelListChanges_isNoticed() {
        Router router =
                fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url())).healthCheckInterval(OFTEN));
        eventually("the models are known", () -> serves(router, FakeEngine.MODEL));

        engine.models(modelList("other"));

        eventually("the new model is known", () -> serves(router, "other") && !serves(router, FakeEngine.MODEL));
    }

    @Test
    void probe_failedBefore_asksForModelsAgain() {
        FakeClock clock = new FakeClock();
        Router router =
                fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url())).clock(clock));
        eventually("the models are known", () -> serves(router, FakeEngine.MODEL));
        engine.healthFirst(empty(500)).models(modelList("other"));

        eventually("the new model is known", () -> {
            clock.advance(Duration.ofSeconds(1));
            return serves(router, "other") && !serves(router, FakeEngine.MODEL);
        });
        assertThat(engine.probesOf("/health"))
                .as("long before the minute is over")
                .isLessThan(7);
    }

    @Test
    void connection_broke_modelsAreAskedForAgain() {
        FakeClock clock = new FakeClock();
        Router router = fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url()))
                .healthCheckInterval(ONCE)
                .clock(clock));
        eventually("the models are known", () -> serves(router, FakeEngine.MODEL));
        engine.models(modelList("other"))
                .answers(new MockResponse.Builder()
                        .onResponseStart(new SocketEffect.CloseSocket())
                        .build());

        assertThatExceptionOfType(RouterException.class).isThrownBy(() -> router.route(chat()));

        eventually("the new model is known", () -> {
            clock.advance(Duration.ofSeconds(1));
            return serves(router, "other") && !serves(router, FakeEngine.MODEL);
        });
        assertThat(engine.probesOf("/health")).isOne();
    }

    @Test
    void route_modelLoadedSinceTheLastReport_findsIt() {
        Router router =
                fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url())).healthCheckInterval(ONCE));
        eventually("the models are known", () -> serves(router, FakeEngine.MODEL));
        engine.models(modelList(FakeEngine.MODEL, "adapter"));

        router.route(chat("{\"model\":\"adapter\"}")).close();

        assertThat(engine.requestsLeft()).isOne();
    }

    @Test
    void probe_modelListCannotBeRead_keepsTheLast() {
        Router router =
                fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url())).healthCheckInterval(OFTEN));
        eventually("the models are known", () -> serves(router, FakeEngine.MODEL));
        engine.models(FakeEngine.json(200, "not a list"));

        long asked = engine.probesOf("/v1/models");
        eventually("it was asked again", () -> engine.probesOf("/v1/models") > asked + 2);

        assertThat(state(router)).isEqualTo(NodeState.READY);
        assertThat(serves(router, FakeEngine.MODEL)).isTrue();
    }

    @Test
    void description_atTheSecondPath_isTakenOver() {
        engine.describes("/older", json(200, "4"));
        Router router = fleet.router(describing());

        eventually("the node is ready", () -> state(router) == NodeState.READY);
        assertThat(router.nodes().all().get(0).spec().dpSize()).hasValue(4);
    }

    /** A router over the engine as a prefill node, which may say of itself what it is. */
    private RouterBuilder describing() {
        return over(engine.node(Role.PREFILL))
                .option(PlainBackend.DESCRIPTIONS, "/newer,/older")
                .healthCheckInterval(OFTEN);
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 405})
    void description_isNowhere_takesTheNodeAsConfigured(int status) {
        engine.describes("/newer", empty(status));
        Router router = fleet.router(describing());

        eventually("the node is ready", () -> state(router) == NodeState.READY);
        assertThat(engine.probesOf("/older")).isOne();
    }

    @Test
    void description_cannotBeRead_isAskedForAgainAndTheNodeWaits() {
        engine.describes("/newer", empty(500));
        List<ILoggingEvent> logged = Logged.by(HealthMonitor.class, () -> {
            Router router = fleet.router(describing());

            eventually("it was asked again", () -> engine.probesOf("/newer") > 3);
            assertThat(state(router)).isEqualTo(NodeState.STARTING);
            assertThat(engine.probesOf("/older")).isZero();

            engine.describes("/newer", json(200, "2"));
            eventually("the node is ready", () -> state(router) == NodeState.READY);
        });

        assertThat(logged).filteredOn(event -> event.getLevel() == Level.WARN).hasSize(1);
    }

    @Test
    void description_laterCannotBeRead_keepsTheLast() {
        engine.describes("/newer", json(200, "4"));
        Router router = fleet.router(describing());
        eventually("the node is ready", () -> state(router) == NodeState.READY);
        engine.describes("/newer", empty(500));

        long asked = engine.probesOf("/newer");
        eventually("it was asked again", () -> engine.probesOf("/newer") > asked + 1);

        assertThat(state(router)).isEqualTo(NodeState.READY);
        assertThat(router.nodes().all().get(0).spec().dpSize()).hasValue(4);
    }

    @Test
    void probe_modelsNamedAtRegistration_stand() {
        engine.models(modelList("other", "named"));
        Router router = fleet.router(over(engine.node().withModels("named")).healthCheckInterval(OFTEN));

        eventually("the report is in", () -> router.models().get(0).created().isPresent());

        assertThat(router.models()).extracting(ModelCard::id).containsExactly("named");
    }

    @Test
    void probe_ranksOfOneEngine_isOneForAll() {
        engine.health(empty(500));
        Router router = fleet.router(
                over(rank(0), rank(1), rank(2)).healthCheckInterval(ONCE).healthCheckMaxFailures(1));

        eventually(
                "all ranks are ejected",
                () -> router.nodes().all().stream().allMatch(node -> node.state() == NodeState.EJECTED));

        assertThat(engine.probesOf("/health")).isOne();
    }

    private NodeSpec rank(int number) {
        return NodeSpec.of(PlainBackend.NAME, engine.url() + "@" + number).withModels(FakeEngine.MODEL);
    }

    @Test
    void probe_requestsUnderWay_hasAConnectionAndAPaceOfItsOwn() {
        engine.answers(new MockResponse.Builder()
                .setHeader("Content-Type", "text/event-stream")
                .chunkedBody("data: 1\n\n", 9)
                .onResponseEnd(SocketEffect.Stall.INSTANCE)
                .build());
        Router router =
                fleet.router(over(engine.node()).healthCheckInterval(OFTEN).backendApiKey("node-key"));

        try (InferenceResponse open = router.route(chat())) {
            assertThat(open.status()).isEqualTo(200);
            int busy = engine.request().getConnectionIndex();
            for (int i = 0; i < 5; i++) {
                RecordedRequest probe = engine.probe();
                assertThat(probe.getConnectionIndex()).isNotEqualTo(busy);
                assertThat(probe.getExchangeIndex()).isZero();
                assertThat(probe.getHeaders().get("Authorization")).isEqualTo("Bearer node-key");
            }
        }
    }

    @Test
    void route_routerWasJustBuilt_waitsForItsNodesFirstProbe() {
        Router router = fleet.router(over().node(engine.url()));

        router.route(chat()).close();

        assertThat(engine.requestsLeft()).isOne();
    }

    private static NodeState state(Router router) {
        return router.nodes().all().get(0).state();
    }

    private static boolean serves(Router router, String model) {
        return router.models().stream().anyMatch(card -> card.id().equals(model));
    }
}
