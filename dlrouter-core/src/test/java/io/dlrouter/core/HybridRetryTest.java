package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.refusing;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import java.io.IOException;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HybridRetryTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @Test
    void hybrid_nodeRefuses_goesToTheNext() throws IOException {
        FakeEngine engine = fleet.engine();

        assertServedBy(engine, fleet.router(refusing(), engine.node()));
    }

    @Test
    void hybrid_nodeResetsBeforeItsResponse_goesToTheNext() throws IOException {
        RawEngine resetting = fleet.rawEngine(RawEngine.Connection::reset);
        FakeEngine engine = fleet.engine();

        assertServedBy(engine, fleet.router(resetting.node(), engine.node()));
        assertThat(resetting.requestsLeft()).isOne();
    }

    @Test
    void hybrid_nodeClosesBeforeItsResponse_goesToTheNext() throws IOException {
        MockResponse closing = new MockResponse.Builder()
                .onResponseStart(new SocketEffect.CloseSocket())
                .build();
        FakeEngine first = fleet.engine().respondsWith(closing);
        FakeEngine second = fleet.engine();

        assertServedBy(second, fleet.router(first.node(), second.node()));
    }

    @Test
    void hybrid_nodeClosesInTheMiddleOfItsHeaders_goesToTheNext() throws IOException {
        RawEngine cutting = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Ty");
            connection.reset();
        });
        FakeEngine engine = fleet.engine();

        assertServedBy(engine, fleet.router(cutting.node(), engine.node()));
    }

    @Test
    void hybrid_nodesNameDoesNotResolve_goesToTheNext() throws IOException {
        NodeSpec nowhere = NodeSpec.of(PlainBackend.NAME, "http://no-such-host.invalid:8000")
                .withModels(FakeEngine.MODEL);
        FakeEngine engine = fleet.engine();

        assertServedBy(engine, fleet.router(nowhere, engine.node()));
    }

    @Test
    void hybrid_twoNodesFail_goesToTheThird() throws IOException {
        FakeEngine engine = fleet.engine();

        assertServedBy(engine, fleet.router(refusing(), refusing(), engine.node()));
    }

    private static void assertServedBy(FakeEngine engine, Router router) throws IOException {
        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.servedBy()).isEqualTo(engine.node());
            assertThat(response.status()).isEqualTo(200);
            assertThat(TestFleet.inFlight(router)).isOne();
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
        }
        assertThat(engine.requestBody()).isEqualTo(new String(chat().body(), UTF_8));
    }

    @Test
    void hybrid_allNodesFail_namesTheOneThatFailedLast() {
        NodeSpec last = refusing();
        Router router = fleet.router(refusing(), last);

        assertThatExceptionOfType(NodeUnreachableException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining(last.address().toString())
                .satisfies(failure -> assertThat(failure.status()).isEqualTo(502));
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void hybrid_manyNodesFail_isTriedThreeTimes() {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(refusing(), refusing(), refusing(), engine.node());

        assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));

        assertThat(engine.requestsLeft()).isZero();
    }

    @Test
    void hybrid_nodeFailsAfterItTookTheRequestOn_isNotTriedElsewhere() {
        FakeEngine broken = fleet.engine().respondsWith(FakeEngine.json(500, "{}"));
        FakeEngine other = fleet.engine();

        try (InferenceResponse response =
                fleet.router(broken.node(), other.node()).route(chat())) {
            assertThat(response.status()).isEqualTo(500);
        }
        assertThat(other.requestsLeft()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 503, 504})
    void hybrid_nodeTurnsTheRequestAway_goesToTheNext(int status) throws IOException {
        FakeEngine full = fleet.engine().respondsWith(FakeEngine.json(status, "{}"));
        FakeEngine engine = fleet.engine();

        assertServedBy(engine, fleet.router(full.node(), engine.node()));
        assertThat(full.requestsLeft()).isOne();
    }

    @Test
    void hybrid_noOtherNode_passesOnWhatTheLastOneSaid() throws IOException {
        FakeEngine engine = fleet.engine().respondsWith(FakeEngine.json(503, "{\"full\":true}"));

        try (InferenceResponse response = fleet.router(engine.node()).route(chat())) {
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{\"full\":true}");
        }
    }

    @Test
    void hybrid_twoNodesAreFull_theThirdIsNotAsked() {
        FakeEngine first = fleet.engine().respondsWith(FakeEngine.json(429, "{}"));
        FakeEngine second = fleet.engine().respondsWith(FakeEngine.json(429, "{}"));
        FakeEngine third = fleet.engine();

        try (InferenceResponse response =
                fleet.router(first.node(), second.node(), third.node()).route(chat())) {
            assertThat(response.status()).isEqualTo(429);
            assertThat(response.servedBy().address()).isEqualTo(second.node().address());
        }
        assertThat(third.requestsLeft()).isZero();
    }

    @Test
    void hybrid_nodeAsksToBeLeftAlone_getsNothingWhileAnotherHasRoom() {
        FakeEngine backingOff = fleet.engine().respondsWith(full("30"));
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(backingOff.node(), engine.node());

        for (int i = 0; i < 5; i++) {
            router.route(chat()).close();
        }

        assertThat(backingOff.requestsLeft()).isOne();
        assertThat(engine.requestsLeft()).isEqualTo(5);
    }

    @Test
    void hybrid_allNodesAskToBeLeftAlone_eachRequestIsSentOnce() {
        FakeEngine first = fleet.engine();
        FakeEngine second = fleet.engine();
        Router router = fleet.router(first.node(), second.node());
        for (int i = 0; i < 10; i++) {
            first.respondsWith(full("30"));
            second.respondsWith(full("30"));
        }

        for (int i = 0; i < 10; i++) {
            try (InferenceResponse response = router.route(chat())) {
                assertThat(response.status()).isEqualTo(503);
                assertThat(response.headers().firstValue("retry-after")).hasValue("30");
            }
        }

        assertThat(first.requestsLeft() + second.requestsLeft()).isEqualTo(11);
    }

    @Test
    void hybrid_nodeIsFullAndDoesNotSayForHowLong_isLeftAloneForAWhileAsWell() {
        FakeEngine full = fleet.engine();
        FakeEngine engine = fleet.engine();
        for (int i = 0; i < 20; i++) {
            full.respondsWith(FakeEngine.json(503, "{}"));
        }
        Router router = fleet.router(TestFleet.over(full.node(), engine.node()).strategy("min_expected_latency"));

        for (int i = 0; i < 20; i++) {
            router.route(chat()).close();
        }

        assertThat(full.requestsLeft()).isLessThan(5);
    }

    private static MockResponse full(String retryAfter) {
        return FakeEngine.json(503, "{}")
                .newBuilder()
                .setHeader("Retry-After", retryAfter)
                .build();
    }

    @Test
    void hybrid_streamEndsBeforeItsFirstByte_goesToTheNext() throws IOException {
        RawEngine cutting = fleet.rawEngine(connection -> {
            connection.sendStream("");
            connection.reset();
        });
        FakeEngine engine = fleet.engine();

        assertServedBy(engine, fleet.router(cutting.node(), engine.node()));
        assertThat(cutting.requestsLeft()).isOne();
    }

    @Test
    void hybrid_everyNodeFails_addsAFifthOfTheLoadAtMost() {
        RawEngine first = fleet.rawEngine(RawEngine.Connection::reset);
        RawEngine second = fleet.rawEngine(RawEngine.Connection::reset);
        Router router =
                fleet.router(TestFleet.over(first.node(), second.node()).healthCheckMaxFailures(Integer.MAX_VALUE));

        for (int i = 0; i < 1000; i++) {
            assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));
        }

        assertThat(first.requestsLeft() + second.requestsLeft()).isEqualTo(1200);
    }

    @Test
    void hybrid_pooledConnectionHasGoneStale_isRepeatedOnTheSameNode() throws IOException {
        RawEngine closing = fleet.rawEngine(connection -> {
            connection.sendJson("{}");
            connection.reset();
        });
        Router router = fleet.router(closing.node());

        for (int i = 0; i < 5; i++) {
            try (InferenceResponse response = router.route(chat())) {
                assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
            }
        }

        assertThat(closing.requestsLeft()).isEqualTo(5);
    }

    @Test
    void hybrid_pooledConnectionEndsUnderTheRequest_isRepeatedOnce() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> {
            if (connection.requests() == 1) {
                connection.sendJson("{}");
            } else {
                connection.reset();
            }
        });
        Router router = fleet.router(engine.node());

        for (int i = 0; i < 2; i++) {
            try (InferenceResponse response = router.route(chat())) {
                assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
            }
        }

        assertThat(engine.requestsLeft()).isEqualTo(3);
    }
}
