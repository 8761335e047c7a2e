package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.TestFleet.refusing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.NodeState;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How requests that fail to reach a node eject it, without a probe's help. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RequestFailureTest {
    private static final Duration NEVER = Duration.ofHours(1);

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    @Test
    void route_nodeRefusesTooOften_isEjectedAndAskedNoMore() {
        Router router = fleet.router(over(refusing(), fleet.engine().node()).healthCheckInterval(NEVER));

        route(router, 5);

        assertThat(states(router)).containsExactly(NodeState.EJECTED, NodeState.READY);
    }

    @Test
    void route_nodeResetsBeforeItsResponse_isEjectedToo() {
        RawEngine resetting = fleet.rawEngine(Connection::reset);
        Router router =
                fleet.router(over(resetting.node(), fleet.engine().node()).healthCheckInterval(NEVER));

        route(router, 10);

        assertThat(states(router)).containsExactly(NodeState.EJECTED, NodeState.READY);
        assertThat(resetting.requestsLeft()).isEqualTo(3);
    }

    @Test
    void route_nodeRespondsInBetween_isNotEjected() {
        AtomicBoolean responses = new AtomicBoolean();
        RawEngine unreliable = fleet.rawEngine(connection -> respondEverySecond(connection, responses));
        Router router =
                fleet.router(over(unreliable.node(), fleet.engine().node()).healthCheckInterval(NEVER));

        route(router, 20);

        assertThat(states(router)).containsExactly(NodeState.READY, NodeState.READY);
    }

    private static void respondEverySecond(Connection connection, AtomicBoolean responses) throws IOException {
        boolean responded = responses.get();
        responses.set(!responded);
        if (responded) {
            connection.reset();
        } else {
            connection.send("HTTP/1.1 404 Unknown\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            connection.close();
        }
    }

    @Test
    void route_lastNodeOfThePoolRefuses_isKept() {
        Router router = fleet.router(over(refusing()).healthCheckInterval(NEVER));

        for (int i = 0; i < 10; i++) {
            assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));
        }

        assertThat(states(router)).containsExactly(NodeState.READY);
    }

    @Test
    void route_allNodesRefuse_keepsOne() {
        Router router = fleet.router(over(refusing(), refusing(), refusing()).healthCheckInterval(NEVER));

        for (int i = 0; i < 20; i++) {
            assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));
        }

        assertThat(states(router)).containsOnlyOnce(NodeState.READY);
    }

    @Test
    void route_ejectedNodeRespondsToItsNextProbe_isBack() {
        FakeEngine closing = fleet.engine();
        for (int i = 0; i < 3; i++) {
            closing.respondsWith(new MockResponse.Builder()
                    .onResponseStart(new SocketEffect.CloseSocket())
                    .build());
        }
        Router router = fleet.router(over(closing.node(), fleet.engine().node()).healthCheckTimeout(NEVER));

        route(router, 5);

        eventually(
                "the node is back",
                clock,
                Duration.ofSeconds(1),
                () -> states(router).equals(List.of(NodeState.READY, NodeState.READY)));
    }

    private static void route(Router router, int times) {
        for (int i = 0; i < times; i++) {
            router.route(chat()).close();
        }
    }

    private static List<NodeState> states(Router router) {
        return router.nodes().all().stream().map(node -> node.state()).toList();
    }
}
