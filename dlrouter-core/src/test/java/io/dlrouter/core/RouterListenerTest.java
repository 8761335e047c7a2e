package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.Fleet.chat;
import static io.dlrouter.core.Fleet.over;
import static io.dlrouter.core.Fleet.refusing;
import static io.dlrouter.core.Fleet.split;
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
    final Fleet fleet = new Fleet();

    private final Heard heard = new Heard();
    private final FakeEngine engine = fleet.engine();

    @Test
    void plainAnswer_isToldFromPlaceToEnd() throws Exception {
        Router router = fleet.router(over(engine.node()).listener(heard));

        read(router, "{\"model\":\"m\"}");

        assertThat(heard.events())
                .containsExactly(
                        "placed hybrid 1 by round_robin", "first byte hybrid 1", "ended hybrid 1 COMPLETED 200");
        RoutedRequest request = heard.request();
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
        Router router = fleet.router(over(engine.node()).listener(heard));

        router.route(chat().withHeader("x-request-id", "id-1").withClient("10.0.0.1"))
                .close();

        RoutedRequest request = heard.request();
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
        Router router = fleet.router(over(streaming.node()).listener(heard));

        try (InferenceResponse answer = router.route(chat())) {
            byte[] event = new byte[9];
            for (int count = 0; count >= 0; ) {
                count = answer.body().read(event);
            }
        }

        assertThat(heard.events())
                .containsExactly(
                        "placed hybrid 1 by round_robin",
                        "first byte hybrid 1",
                        "chunk hybrid 1",
                        "ended hybrid 1 COMPLETED 200");
        assertThat(heard.request().bytes()).isEqualTo(18);
    }

    @Test
    void failedAttempts_areTold() throws Exception {
        Router router = fleet.router(over(refusing(), engine.node()).listener(heard));

        read(router, "{\"model\":\"m\"}");

        assertThat(heard.events())
                .containsExactly(
                        "placed hybrid 1 by round_robin",
                        "ended hybrid 1 UNREACHABLE",
                        "placed hybrid 2 by round_robin",
                        "first byte hybrid 2",
                        "ended hybrid 2 COMPLETED 200");
        assertThat(heard.request().attempts()).hasSize(2);
    }

    @Test
    void requestThatFails_isToldWithItsError() throws Exception {
        Router router = fleet.router(over(refusing()).listener(heard));

        assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));

        RoutedRequest request = heard.request();
        assertThat(request.outcome()).isEqualTo(Outcome.UNREACHABLE);
        assertThat(request.status()).hasValue(502);
        assertThat(request.error()).hasValue("node_unreachable");
        assertThat(request.servedBy()).isEmpty();
        assertThat(request.firstByte()).isEmpty();
    }

    @Test
    void requestThatIsWrong_isTold() throws Exception {
        Router router = fleet.router(over(engine.node()).listener(heard));

        assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> router.route(chat("[]")));
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> router.route(chat("{\"model\":\"made-up\"}")));

        assertThat(heard.request()).satisfies(unread -> {
            assertThat(unread.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(unread.model()).isEmpty();
            assertThat(unread.requestId()).isEqualTo("-");
        });
        assertThat(heard.request().model()).isEmpty();
        assertThat(heard.events()).isEmpty();
    }

    @Test
    void requestWithoutAPlace_isOverload() throws Exception {
        Router router = fleet.router(over(engine.node()).maxInFlight(1).listener(heard));

        try (Lease lease = router.lease(chat())) {
            assertThat(lease.node()).isEqualTo(engine.node());
            assertThatExceptionOfType(TooManyRequestsException.class).isThrownBy(() -> router.route(chat()));
        }

        assertThat(heard.request().outcome()).isEqualTo(Outcome.OVERLOADED);
        heard.await("ended hybrid 1 CANCELLED");
    }

    @Test
    void callerLeaves_isToldAsSuch() throws Exception {
        RawEngine streaming = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitEnd();
        });
        Router router = fleet.router(over(streaming.node()).listener(heard));

        router.route(chat()).close();

        assertThat(heard.request().outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(heard.events()).last().isEqualTo("ended hybrid 1 CANCELLED 200");
    }

    @Test
    void answerBreaksOff_isToldAsSuch() throws Exception {
        RawEngine cutting = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.reset();
        });
        Router router = fleet.router(over(cutting.node()).listener(heard));

        try (InferenceResponse answer = router.route(chat())) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> answer.body().readAllBytes());
        }

        RoutedRequest request = heard.request();
        assertThat(request.outcome()).isEqualTo(Outcome.BROKEN_OFF);
        assertThat(request.status()).hasValue(200);
        assertThat(request.error()).hasValue("bad_node_response");
        assertThat(heard.events()).last().isEqualTo("ended hybrid 1 BROKEN_OFF 200");
    }

    @Test
    void tooManyFail_retriesAreDenied() {
        RawEngine first = fleet.rawEngine(Connection::reset);
        RawEngine second = fleet.rawEngine(Connection::reset);
        Router router = fleet.router(over(first.node(), second.node())
                .healthCheckMaxFailures(Integer.MAX_VALUE)
                .listener(heard));

        for (int i = 0; i <= RetryBudget.FLOOR; i++) {
            assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> router.route(chat()));
        }

        assertThat(heard.events()).contains("denied m HYBRID");
    }

    @Test
    void splitRequest_isToldWithItsHandover() throws Exception {
        FakeEngine prefill = fleet.engine().answers(json(200, "{\"kv\":{\"cache\":1}}"));
        Router router = fleet.router(split(prefill.node(PREFILL), engine.node(DECODE))
                .option(PlainTwoStage.GRACE, "1000")
                .listener(heard));
        engine.answers(json(200, "{\"choices\":[{}]}"));

        read(router, "{\"model\":\"m\"}");

        assertThat(heard.events())
                .contains(
                        "placed decode 1 by round_robin",
                        "placed prefill 1 by round_robin",
                        "ended prefill 1 COMPLETED 200",
                        "handed over to decode 1",
                        "cache ADOPTED",
                        "ended decode 1 COMPLETED 200");
        assertThat(heard.request().servedBy()).hasValue(engine.node(DECODE));
    }

    @Test
    void splitRequest_cacheThatNobodyTakesOver_isReturned() throws Exception {
        FakeEngine prefill = fleet.engine().answers(json(200, "{\"kv\":{\"cache\":1}}"));
        Router router = fleet.router(split(prefill.node(PREFILL), engine.node(DECODE))
                .option(PlainTwoStage.GRACE, "1000")
                .listener(heard));
        engine.answers(json(400, "{}"));

        read(router, "{\"model\":\"m\"}");

        heard.await("cache RETURNED");
    }

    @Test
    void requestThatDecodeReadsItself_isAFallback() throws Exception {
        FakeEngine prefill = fleet.engine();
        Router router =
                fleet.router(split(prefill.node(PREFILL), engine.node(DECODE)).listener(heard));

        read(router, "{\"model\":\"m\",\"alone\":true}");
        read(router, "{\"model\":\"m\"}");

        assertThat(heard.events().stream().filter("fell back to decode 1"::equals))
                .hasSize(2);
    }

    @Test
    void bothLegsAtOnce_areToldWithTheirHandover() throws Exception {
        FakeEngine prefill = fleet.engine();
        Router router = fleet.router(
                Fleet.paired(prefill.node(PREFILL), engine.node(DECODE)).listener(heard));

        read(router, "{\"model\":\"m\"}");

        heard.await("handed over to decode 1");
        heard.await("ended prefill 1 COMPLETED 200");
        heard.await("ended decode 1 COMPLETED 200");
    }

    @Test
    void retriesOfOneRole_doNotPayForAnother() {
        RawEngine first = fleet.rawEngine(Connection::reset);
        RawEngine second = fleet.rawEngine(Connection::reset);
        Router router = fleet.router(over(engine.node().withModels("busy"), first.node(), second.node())
                .healthCheckMaxFailures(Integer.MAX_VALUE)
                .listener(heard));
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
        Router router = fleet.router(over(engine.node()).listener(heard));

        router.nodes().drain(engine.node().address());

        assertThat(heard.nodes()).containsExactly("new READY", "READY to DRAINING", "left");
    }

    private static void read(Router router, String body) throws IOException {
        try (InferenceResponse answer = router.route(chat(body))) {
            answer.body().readAllBytes();
        }
    }
}
