package io.dlrouter.core.membership;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.FakeEngine.empty;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.FakeEngine.modelList;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
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
import io.dlrouter.core.FakeEngine;
import io.dlrouter.core.Logged;
import io.dlrouter.core.PlainBackend;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.runtime.Deadlines;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HealthMonitorTest {
    private static final Duration OFTEN = Duration.ofSeconds(1);
    private static final Duration ONCE = Duration.ofDays(1);
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final MockResponse SILENCE = new MockResponse.Builder()
            .onResponseStart(SocketEffect.Stall.INSTANCE)
            .build();

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final FakeEngine engine = fleet.engine();

    @Test
    void probe_failsTooOften_ejectsUntilItPassesAgain() {
        engine.health(empty(500));
        Router router =
                fleet.router(over(engine.node()).healthCheckInterval(OFTEN).healthCheckTimeout(ONCE));

        eventually("the node is ejected", clock, OFTEN, () -> state(router) == NodeState.EJECTED);
        assertThat(engine.probesOf("/health")).isGreaterThanOrEqualTo(3);
        assertThat(router.models()).isEmpty();
        assertThatExceptionOfType(NoNodeAvailableException.class).isThrownBy(() -> router.route(chat()));

        engine.health(empty(200));
        eventually("the node is back", clock, OFTEN, () -> router.notReady().isEmpty());
        assertThat(state(router)).isEqualTo(NodeState.READY);
        router.route(chat()).close();
    }

    @Test
    void probe_failsLessOftenThanAllowed_ejectsNot() {
        engine.health(empty(500));
        Router router = fleet.router(over(engine.node())
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(ONCE)
                .healthCheckMaxFailures(1_000_000));

        eventually("many probes have failed", clock, OFTEN, () -> engine.probesOf("/health") > 10);
        assertThat(state(router)).isEqualTo(NodeState.READY);
    }

    @Test
    void probe_passesInBetween_startsToCountAnew() {
        engine.healthFirst(empty(500), empty(500), empty(200), empty(500)).health(SILENCE);
        Router router =
                fleet.router(over(engine.node()).healthCheckInterval(OFTEN).healthCheckTimeout(ONCE));

        eventually(
                "the fourth probe is judged and the fifth is under way",
                clock,
                OFTEN,
                () -> engine.probesOf("/health") == 5);

        assertThat(state(router)).isEqualTo(NodeState.READY);
    }

    @Test
    void probe_engineRefuses_ejects() {
        Router router = fleet.router(
                over(TestFleet.refusing()).healthCheckInterval(OFTEN).healthCheckTimeout(ONCE));

        eventually("the node is ejected", clock, OFTEN, () -> state(router) == NodeState.EJECTED);
    }

    @Test
    void probe_engineIsSilent_ejectsAfterTheTimeout() {
        engine.health(SILENCE);
        Router router = fleet.router(silent(engine.node(), fleet.engine().node()));
        engine.probe();
        eventually(
                "the other one was probed",
                () -> router.models().get(0).created().isPresent());

        clock.advance(LIMIT.minusNanos(1));
        assertThat(states(router)).containsExactly(NodeState.READY, NodeState.READY);
        clock.advance(Deadlines.TICK);

        eventually("the node is ejected", () -> state(router) == NodeState.EJECTED);
        assertThat(router.nodes().all().get(0).reason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("no answer within 5.0 s"));
    }

    /** Engines that are too busy for probes are no reason to turn every request away. */
    @Test
    void probe_allEnginesAreSilent_oneIsKept() {
        engine.health(SILENCE);
        FakeEngine other = fleet.engine().health(SILENCE);
        Router router = fleet.router(silent(engine.node(), other.node()));
        engine.probe();
        other.probe();

        clock.advance(LIMIT.plus(Deadlines.TICK));
        eventually("one is ejected", () -> states(router).contains(NodeState.EJECTED));
        eventually(
                "both were probed again",
                clock,
                LIMIT,
                () -> engine.probesOf("/health") > 3 && other.probesOf("/health") > 3);

        assertThat(states(router)).containsExactlyInAnyOrder(NodeState.EJECTED, NodeState.READY);
    }

    /** A router over these nodes which ejects one that does not respond once. */
    private static RouterBuilder silent(NodeSpec... nodes) {
        return over(nodes)
                .healthCheckInterval(Duration.ofMinutes(1))
                .healthCheckTimeout(LIMIT)
                .healthCheckMaxFailures(1);
    }

    private static List<NodeState> states(Router router) {
        return router.nodes().all().stream().map(NodeStatus::state).toList();
    }

    @Test
    void probe_engineWithoutHealthRoute_isAlive() {
        engine.health(empty(404));
        Router router = fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url()))
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(ONCE));

        eventually("the node is ready", clock, OFTEN, () -> state(router) == NodeState.READY);
    }

    @Test
    void probe_engineSaysItWaits_isNoFailure() {
        engine.health(new MockResponse.Builder().code(503).body("waiting").build());
        Router router =
                fleet.router(over(engine.node()).healthCheckInterval(OFTEN).healthCheckTimeout(ONCE));

        eventually("the node is starting", clock, OFTEN, () -> state(router) == NodeState.STARTING);
        long probes = engine.probesOf("/health");
        eventually("more probes have come", clock, OFTEN, () -> engine.probesOf("/health") > probes + 5);
        assertThat(state(router)).isEqualTo(NodeState.STARTING);

        engine.health(empty(200));
        eventually("the node is ready", clock, OFTEN, () -> state(router) == NodeState.READY);
    }

    @Test
    void probe_modelListChanges_isNoticed() {
        Router router = fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url()))
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(ONCE));
        eventually("the models are known", clock, OFTEN, () -> serves(router, FakeEngine.MODEL));

        engine.models(modelList("other"));

        eventually(
                "the new model is known",
                clock,
                OFTEN,
                () -> serves(router, "other") && !serves(router, FakeEngine.MODEL));
    }

    @Test
    void probe_modelListCannotBeRead_keepsTheLast() {
        Router router = fleet.router(over(NodeSpec.of(PlainBackend.NAME, engine.url()))
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(ONCE));
        eventually("the models are known", clock, OFTEN, () -> serves(router, FakeEngine.MODEL));
        engine.models(FakeEngine.json(200, "not a list"));

        long asked = engine.probesOf("/v1/models");
        eventually("it was asked again", clock, OFTEN, () -> engine.probesOf("/v1/models") > asked + 2);

        assertThat(state(router)).isEqualTo(NodeState.READY);
        assertThat(serves(router, FakeEngine.MODEL)).isTrue();
    }

    @Test
    void description_atTheSecondPath_isUsed() {
        engine.describes("/older", json(200, "4"));
        Router router = fleet.router(describing());

        eventually("the node is ready", clock, OFTEN, () -> state(router) == NodeState.READY);
        assertThat(router.nodes().all().get(0).spec().dpSize()).hasValue(4);
    }

    /** A router over the engine as a prefill node, which may say of itself what it is. */
    private RouterBuilder describing() {
        return over(engine.node(Role.PREFILL))
                .option(PlainBackend.DESCRIPTIONS, "/newer,/older")
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(ONCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 405})
    void description_isNowhere_takesTheNodeAsConfigured(int status) {
        engine.describes("/newer", empty(status));
        Router router = fleet.router(describing());

        eventually("the node is ready", clock, OFTEN, () -> state(router) == NodeState.READY);
        assertThat(engine.probesOf("/older")).isOne();
    }

    @Test
    void description_cannotBeRead_isAskedForAgainAndTheNodeWaits() {
        engine.describes("/newer", empty(500));
        List<ILoggingEvent> logged = Logged.by(HealthMonitor.class, () -> {
            Router router = fleet.router(describing());

            eventually("it was asked again", clock, OFTEN, () -> engine.probesOf("/newer") > 3);
            assertThat(state(router)).isEqualTo(NodeState.STARTING);
            assertThat(engine.probesOf("/older")).isZero();

            engine.describes("/newer", json(200, "2"));
            eventually("the node is ready", clock, OFTEN, () -> state(router) == NodeState.READY);
        });

        assertThat(logged).filteredOn(event -> event.getLevel() == Level.WARN).hasSize(1);
    }

    @Test
    void description_laterCannotBeRead_keepsTheLast() {
        engine.describes("/newer", json(200, "4"));
        Router router = fleet.router(describing());
        eventually("the node is ready", clock, OFTEN, () -> state(router) == NodeState.READY);
        engine.describes("/newer", empty(500));

        long asked = engine.probesOf("/newer");
        eventually("it was asked again", clock, OFTEN, () -> engine.probesOf("/newer") > asked + 1);

        assertThat(state(router)).isEqualTo(NodeState.READY);
        assertThat(router.nodes().all().get(0).spec().dpSize()).hasValue(4);
    }

    @Test
    void probe_modelsNamedAtRegistration_stand() {
        engine.models(modelList("other", "named"));
        Router router = fleet.router(over(engine.node().withModels("named"))
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(ONCE));

        eventually(
                "the report is in",
                clock,
                OFTEN,
                () -> router.models().get(0).created().isPresent());

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
        engine.respondsWith(new MockResponse.Builder()
                .setHeader("Content-Type", "text/event-stream")
                .chunkedBody("data: 1\n\n", 9)
                .onResponseEnd(SocketEffect.Stall.INSTANCE)
                .build());
        Router router = fleet.router(over(engine.node())
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(ONCE)
                .backendApiKey("node-key"));

        try (InferenceResponse open = router.route(chat())) {
            assertThat(open.status()).isEqualTo(200);
            int busy = engine.request().getConnectionIndex();
            eventually("five probes have come", clock, OFTEN, () -> engine.probesOf("/health") >= 5);
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

    @Test
    void route_firstProbeDoesNotEnd_waitsFiveSecondsAtMost() {
        engine.health(SILENCE);
        Router router = fleet.router(over().node(engine.url()));
        CompletableFuture<InferenceResponse> call = CompletableFuture.supplyAsync(() -> router.route(chat()));

        clock.awaitTaskIn(HealthMonitor.FIRST_PROBES);
        clock.advance(HealthMonitor.FIRST_PROBES.minusNanos(1));
        assertThat(call).isNotDone();
        clock.advance(Duration.ofNanos(1));

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(call::join)
                .withCauseInstanceOf(NoNodeAvailableException.class);
    }

    private static NodeState state(Router router) {
        return router.nodes().all().get(0).state();
    }

    private static boolean serves(Router router, String model) {
        return router.models().stream().anyMatch(card -> card.id().equals(model));
    }
}
