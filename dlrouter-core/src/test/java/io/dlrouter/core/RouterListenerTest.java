package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.TestFleet.refusing;
import static io.dlrouter.core.TestFleet.split;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Lease;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import io.dlrouter.TooManyRequestsException;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.fleet.RetryBudget;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterListenerTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final RecordedEvents recorded = new RecordedEvents();
    private final FakeEngine engine = fleet.engine();

    @Test
    void plainResponse_isToldFromLeaseToEnd() throws Exception {
        Router router = fleet.router(over(engine.node()).listener(recorded));

        read(router, "{\"model\":\"m\"}");

        assertThat(recorded.events())
                .containsExactly(
                        "placed hybrid 1 by round_robin", "first byte hybrid 1", "ended hybrid 1 COMPLETED 200");
        RoutedRequest request = recorded.request();
        assertThat(request.model()).hasValue("m");
        assertThat(request.route()).isEqualTo("/v1/chat/completions");
        assertThat(request.servedBy()).hasValue(engine.node());
        assertThat(request.status()).hasValue(200);
        assertThat(request.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(request.error()).isEmpty();
        assertThat(request.bytes()).isEqualTo(2);
        assertThat(request.attempts()).extracting(Attempt::requestId).containsExactly(request.requestId());
        assertThat(request.firstByte())
                .hasValueSatisfying(first -> assertThat(first).isPositive().isLessThanOrEqualTo(request.whole()));
        assertThat(request.client()).isEmpty();
    }

    @Test
    void namesOfTheClient_arePassedOn() throws Exception {
        Router router = fleet.router(over(engine.node()).listener(recorded));

        router.route(chat().withHeader("x-request-id", "id-1").withClient("10.0.0.1"))
                .close();

        RoutedRequest request = recorded.request();
        assertThat(request.requestId()).isEqualTo("id-1");
        assertThat(request.client()).hasValue("10.0.0.1");
        assertThat(engine.request().getHeaders().toString()).doesNotContain("10.0.0.1");
    }

    @Test
    void stream_tellsEachChunk() throws Exception {
        RawEngine streaming = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.sendChunk("data: 2\n\n");
            connection.sendEnd();
        });
        Router router = fleet.router(over(streaming.node()).listener(recorded));

        try (InferenceResponse response = router.route(chat())) {
            byte[] event = new byte[9];
            for (int count = 0; count >= 0; ) {
                count = response.body().read(event);
            }
        }

        assertThat(recorded.events())
                .containsExactly(
                        "placed hybrid 1 by round_robin",
                        "first byte hybrid 1",
                        "chunk hybrid 1",
                        "ended hybrid 1 COMPLETED 200");
        assertThat(recorded.request().bytes()).isEqualTo(18);
    }

    @Test
    void failedAttempts_areTold() throws Exception {
        Router router = fleet.router(over(refusing(), engine.node()).listener(recorded));

        read(router, "{\"model\":\"m\"}");

        assertThat(recorded.events())
                .containsExactly(
                        "placed hybrid 1 by round_robin",
                        "ended hybrid 1 UNREACHABLE",
                        "placed hybrid 2 by round_robin",
                        "first byte hybrid 2",
                        "ended hybrid 2 COMPLETED 200");
        assertThat(recorded.request().attempts()).hasSize(2);
    }

    @Test
    void requestThatFails_isToldWithItsError() throws Exception {
        Router router = fleet.router(over(refusing()).listener(recorded));

        assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));

        RoutedRequest request = recorded.request();
        assertThat(request.outcome()).isEqualTo(Outcome.UNREACHABLE);
        assertThat(request.status()).hasValue(502);
        assertThat(request.error()).hasValue("node_unreachable");
        assertThat(request.servedBy()).isEmpty();
        assertThat(request.firstByte()).isEmpty();
    }

    @Test
    void requestThatIsWrong_isTold() throws Exception {
        Router router = fleet.router(over(engine.node()).listener(recorded));

        assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> router.route(chat("[]")));
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> router.route(chat("{\"model\":\"made-up\"}")));

        assertThat(recorded.request()).satisfies(unread -> {
            assertThat(unread.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(unread.model()).isEmpty();
            assertThat(unread.requestId()).isEqualTo("-");
        });
        assertThat(recorded.request().model()).isEmpty();
        assertThat(recorded.events()).isEmpty();
    }

    @Test
    void requestWithoutALease_isOverload() throws Exception {
        Router router = fleet.router(over(engine.node()).maxInFlight(1).listener(recorded));

        try (Lease lease = router.lease(chat())) {
            assertThat(lease.node()).isEqualTo(engine.node());
            assertThatExceptionOfType(TooManyRequestsException.class).isThrownBy(() -> router.route(chat()));
        }

        assertThat(recorded.request().outcome()).isEqualTo(Outcome.OVERLOADED);
        recorded.await("ended hybrid 1 CANCELLED");
    }

    @Test
    void callerLeaves_isReportedAsSuch() throws Exception {
        RawEngine streaming = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitEnd();
        });
        Router router = fleet.router(over(streaming.node()).listener(recorded));

        router.route(chat()).close();

        assertThat(recorded.request().outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(recorded.events()).last().isEqualTo("ended hybrid 1 CANCELLED 200");
    }

    @Test
    void responseIsCut_isReportedAsSuch() throws Exception {
        RawEngine cutting = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.reset();
        });
        Router router = fleet.router(over(cutting.node()).listener(recorded));

        try (InferenceResponse response = router.route(chat())) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> response.body().readAllBytes());
        }

        RoutedRequest request = recorded.request();
        assertThat(request.outcome()).isEqualTo(Outcome.BROKEN_OFF);
        assertThat(request.status()).hasValue(200);
        assertThat(request.error()).hasValue("bad_node_response");
        assertThat(recorded.events()).last().isEqualTo("ended hybrid 1 BROKEN_OFF 200");
    }

    @Test
    void tooManyFail_retriesAreDenied() {
        RawEngine first = fleet.rawEngine(Connection::reset);
        RawEngine second = fleet.rawEngine(Connection::reset);
        Router router = fleet.router(over(first.node(), second.node())
                .healthCheckMaxFailures(Integer.MAX_VALUE)
                .listener(recorded));

        for (int i = 0; i <= RetryBudget.FLOOR; i++) {
            assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));
        }

        assertThat(recorded.events()).contains("denied m HYBRID");
    }

    @Test
    void splitRequest_isToldWithItsHandover() throws Exception {
        FakeEngine prefill = fleet.engine().respondsWith(json(200, "{\"kv\":{\"cache\":1}}"));
        Router router = fleet.router(split(prefill.node(PREFILL), engine.node(DECODE))
                .option(PlainTwoStage.GRACE, "1000")
                .listener(recorded));
        engine.respondsWith(json(200, "{\"choices\":[{}]}"));

        read(router, "{\"model\":\"m\"}");

        assertThat(recorded.events())
                .contains(
                        "placed decode 1 by round_robin",
                        "placed prefill 1 by round_robin",
                        "ended prefill 1 COMPLETED 200",
                        "handed over to decode 1",
                        "cache ADOPTED",
                        "ended decode 1 COMPLETED 200");
        assertThat(recorded.request().servedBy()).hasValue(engine.node(DECODE));
    }

    @Test
    void splitRequest_cacheThatNobodyTakesOver_isReturned() throws Exception {
        FakeEngine prefill = fleet.engine().respondsWith(json(200, "{\"kv\":{\"cache\":1}}"));
        Router router = fleet.router(split(prefill.node(PREFILL), engine.node(DECODE))
                .option(PlainTwoStage.GRACE, "1000")
                .listener(recorded));
        engine.respondsWith(json(400, "{}"));

        read(router, "{\"model\":\"m\"}");

        recorded.await("cache RETURNED");
    }

    @Test
    void requestThatDecodeReadsItself_isAFallback() throws Exception {
        FakeEngine prefill = fleet.engine();
        Router router =
                fleet.router(split(prefill.node(PREFILL), engine.node(DECODE)).listener(recorded));

        read(router, "{\"model\":\"m\",\"alone\":true}");
        read(router, "{\"model\":\"m\"}");

        assertThat(recorded.events().stream().filter("fell back to decode 1"::equals))
                .hasSize(2);
    }

    @Test
    void bothLegsAtOnce_areToldWithTheirHandover() throws Exception {
        FakeEngine prefill = fleet.engine();
        Router router = fleet.router(
                TestFleet.paired(prefill.node(PREFILL), engine.node(DECODE)).listener(recorded));

        read(router, "{\"model\":\"m\"}");

        recorded.await("handed over to decode 1");
        recorded.await("ended prefill 1 COMPLETED 200");
        recorded.await("ended decode 1 COMPLETED 200");
    }

    @Test
    void retriesOfOneRole_doNotPayForAnother() {
        RawEngine first = fleet.rawEngine(Connection::reset);
        RawEngine second = fleet.rawEngine(Connection::reset);
        Router router = fleet.router(over(engine.node().withModels("busy"), first.node(), second.node())
                .healthCheckMaxFailures(Integer.MAX_VALUE)
                .listener(recorded));
        for (int i = 0; i < 1000; i++) {
            router.route(chat("{\"model\":\"busy\"}")).close();
        }

        for (int i = 0; i < 200; i++) {
            assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));
        }

        assertThat(first.requestsLeft() + second.requestsLeft()).isEqualTo(200 + RetryBudget.FLOOR);
    }

    @Test
    void nodes_areToldFromComingToLeaving() {
        Router router = fleet.router(over(engine.node()).listener(recorded));

        router.nodes().drain(engine.node().address());

        assertThat(recorded.nodes()).containsExactly("new READY", "READY to DRAINING", "left");
    }

    private static void read(Router router, String body) throws IOException {
        try (InferenceResponse response = router.route(chat(body))) {
            response.body().readAllBytes();
        }
    }
}
