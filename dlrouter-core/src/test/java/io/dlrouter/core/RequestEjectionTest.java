package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Lease;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.runtime.Deadlines;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests do to a node's standing. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RequestEjectionTest {
    private static final Duration NEVER = Duration.ofDays(1);
    private static final Duration OFTEN = Duration.ofSeconds(1);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final FakeEngine good = fleet.engine();

    @ParameterizedTest
    @ValueSource(ints = {500, 501, 502, 504, 599})
    void responses_failures_eject(int status) {
        RawEngine broken = fleet.rawEngine(connection -> connection.sendJson(status, "{}"));
        Router router = router(broken.node());

        route(router, 10);

        assertThat(state(router, broken.node())).isEqualTo(NodeState.EJECTED);
        assertThat(broken.requestsLeft()).isEqualTo(3);
        assertThat(TestFleet.status(router, broken.node()).reason())
                .hasValueSatisfying(reason ->
                        assertThat(reason).contains("3 requests in a row failed", "status " + status, "on trial in"));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 413, 422, 429, 503})
    void responses_requestAtFaultOrBackPressure_neverEject(int status) {
        RawEngine engine = fleet.rawEngine(connection -> connection.sendJson(status, "{}"));
        Router router = router(engine.node());

        route(router, 20);

        assertThat(state(router, engine.node())).isEqualTo(NodeState.READY);
        assertThat(engine.requestsLeft()).isPositive();
    }

    @Test
    void responses_cutInTheMiddle_eject() {
        RawEngine cutting = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.reset();
        });
        Router router = router(cutting.node());

        route(router, 10);

        assertThat(state(router, cutting.node())).isEqualTo(NodeState.EJECTED);
    }

    @Test
    void responses_neverCome_eject() {
        RawEngine silent = fleet.rawEngine(connection -> {
            clock.advance(LIMIT.plus(Deadlines.TICK));
            connection.awaitEnd();
        });
        Router router = fleet.router(
                over(silent.node(), good.node()).healthCheckInterval(NEVER).requestTimeout(LIMIT));

        route(router, 10);

        assertThat(state(router, silent.node())).isEqualTo(NodeState.EJECTED);
        assertThat(silent.requestsLeft()).isEqualTo(3);
    }

    @Test
    void callersLeave_neverEjects() throws Exception {
        RawEngine streaming = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitEnd();
        });
        Router router = router(streaming.node());

        for (int i = 0; i < 10; i++) {
            router.route(chat()).close();
        }

        assertThat(state(router, streaming.node())).isEqualTo(NodeState.READY);
    }

    @Test
    void allNodesFail_oneIsKept() {
        RawEngine first = fleet.rawEngine(connection -> connection.sendJson(500, "{}"));
        RawEngine second = fleet.rawEngine(connection -> connection.sendJson(500, "{}"));
        Router router = fleet.router(over(first.node(), second.node()).healthCheckInterval(NEVER));

        route(router, 20);

        assertThat(router.nodes().all().stream().map(status -> status.state()))
                .containsExactlyInAnyOrder(NodeState.EJECTED, NodeState.READY);
    }

    @Test
    void nodeReturns_halfOpen_getsOneRequestAtATimeUntilItResponds() throws Exception {
        FakeEngine returning = fleet.engine().healthFirst(FakeEngine.empty(500), FakeEngine.empty(500));
        NodeSpec node = returning.node();
        Router router = fleet.router(over(node, good.node())
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(NEVER)
                .healthCheckMaxFailures(1));
        eventually("it was probed thrice", clock, OFTEN, () -> returning.probesOf("/health") >= 3);
        eventually("it is back", clock, OFTEN, () -> state(router, node) == NodeState.READY);

        try (Lease halfOpen = leaseOn(router, node);
                Lease elsewhere = router.lease(chat());
                Lease elsewhereToo = router.lease(chat())) {
            assertThat(TestFleet.status(router, node).reason())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("one request at a time"));
            assertThat(List.of(elsewhere.node().address(), elsewhereToo.node().address()))
                    .doesNotContain(halfOpen.node().address());
            halfOpen.succeeded();
        }
        assertThat(TestFleet.status(router, node).reason()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 404})
    void nodeHalfOpen_responds_hasPassedIt(int status) {
        FakeEngine returning = fleet.engine().healthFirst(FakeEngine.empty(500), FakeEngine.empty(500));
        NodeSpec node = returning.node();
        Router router = fleet.router(over(node, good.node())
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(NEVER)
                .healthCheckMaxFailures(1));
        eventually("it was probed thrice", clock, OFTEN, () -> returning.probesOf("/health") >= 3);
        eventually("it is back", clock, OFTEN, () -> state(router, node) == NodeState.READY);
        returning.respondsWith(FakeEngine.json(status, "{}"));

        route(router, 2);

        assertThat(returning.requestsLeft()).isOne();
        assertThat(TestFleet.status(router, node).reason()).isEmpty();
    }

    private static Lease leaseOn(Router router, NodeSpec node) {
        Lease lease = router.lease(chat());
        if (lease.node().address().equals(node.address())) {
            return lease;
        }
        lease.close();
        return router.lease(chat());
    }

    /** A node that fails requests is better than none. */
    @Test
    void otherNodesDie_ejectedOneIsBackWithItsNextProbe() {
        FakeEngine failing = fleet.engine();
        FakeEngine dying = fleet.engine();
        for (int i = 0; i < 3; i++) {
            failing.respondsWith(FakeEngine.json(500, "{}"));
        }
        Router router = fleet.router(over(failing.node(), dying.node())
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(NEVER)
                .healthCheckMaxFailures(3));
        route(router, 6);
        assertThat(state(router, failing.node())).isEqualTo(NodeState.EJECTED);

        dying.close();

        eventually("it is back", clock, OFTEN, () -> state(router, failing.node()) == NodeState.READY);
        route(router, 1);
        assertThat(failing.requestsLeft()).isEqualTo(4);
    }

    /** The last one is not kept for its own sake. */
    @Test
    void lastReadyNodeFailsToo_ejectedOneTakesItsPlace() {
        FakeEngine recovered = fleet.engine();
        RawEngine failing = fleet.rawEngine(Connection::reset);
        for (int i = 0; i < 3; i++) {
            recovered.respondsWith(FakeEngine.json(500, "{}"));
        }
        Router router = fleet.router(over(recovered.node(), failing.node())
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(NEVER)
                .healthCheckMaxFailures(3)
                .strategy("random"));
        eventually("the recovered one has used up its failures", clock, OFTEN, () -> {
            route(router, 1);
            return recovered.requestsLeft() >= 3;
        });

        eventually("it serves again", clock, OFTEN, () -> {
            route(router, 1);
            return recovered.requestsLeft() > 5;
        });
        assertThat(state(router, recovered.node())).isEqualTo(NodeState.READY);
        assertThat(state(router, failing.node())).isEqualTo(NodeState.EJECTED);
    }

    /** Fails fast, and passes its probes. */
    @Test
    void brokenNode_probesPass_getsNextToNothing() {
        FakeEngine broken = fleet.engine();
        for (int i = 0; i < 300; i++) {
            broken.respondsWith(FakeEngine.json(500, "{}"));
        }
        Router router = fleet.router(over(
                        broken.node(),
                        good.node(),
                        fleet.engine().node(),
                        fleet.engine().node())
                .strategy("min_expected_latency")
                .healthCheckInterval(OFTEN)
                .healthCheckTimeout(NEVER));

        for (int i = 0; i < 300; i++) {
            route(router, 1);
            clock.advance(OFTEN.dividedBy(10));
        }

        assertThat(broken.requestsLeft()).isLessThanOrEqualTo(5);
    }

    private Router router(NodeSpec failing) {
        return fleet.router(over(failing, good.node()).healthCheckInterval(NEVER));
    }

    private static NodeState state(Router router, NodeSpec node) {
        return TestFleet.status(router, node).state();
    }

    private static void route(Router router, int times) {
        for (int i = 0; i < times; i++) {
            try (InferenceResponse response = router.route(chat())) {
                response.body().readAllBytes();
            } catch (RouterException | IOException e) {
                // What became of the request is not the question.
            }
        }
    }
}
