package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.refusing;
import static io.dlrouter.core.TestFleet.split;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InferenceResponse;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.RawEngine.Script;
import io.dlrouter.spi.Handover.Receiver;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made again, and with what, when decode fails: a KV cache is fetched once. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoStageDecodeFailureTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    /** Leaves a cache of another number with each prefill. */
    private final FakeEngine prefill = fleet.engine()
            .respondsWith(json(200, "{\"kv\":{\"cache\":1}}"))
            .respondsWith(json(200, "{\"kv\":{\"cache\":2}}"))
            .respondsWith(json(200, "{\"kv\":{\"cache\":3}}"));

    private final FakeEngine decode = fleet.engine();

    private RouterBuilder over(NodeSpec... decodes) {
        RouterBuilder builder = split(prefill.node(PREFILL));
        for (NodeSpec node : decodes) {
            builder.node(node);
        }
        return builder;
    }

    @Test
    void decode_nodeRefusesConnections_isMadeElsewhereWithTheSameCache() throws IOException {
        assertServed(fleet.router(over(refusing(DECODE), decode.node(DECODE))));

        assertThat(decode.requestBody()).contains("\"kv\":{\"cache\":1}");
        assertThat(prefill.requestsLeft()).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void decode_nodeAdmitsNothing_isMadeElsewhereWithTheSameCache(int status) throws IOException {
        FakeEngine full = fleet.engine().respondsWith(json(status, "{}"));

        assertServed(fleet.router(over(full.node(DECODE), decode.node(DECODE))));

        RecordedRequest first = full.request();
        RecordedRequest second = decode.request();
        assertThat(FakeEngine.body(second)).contains("\"kv\":{\"cache\":1}").isEqualTo(FakeEngine.body(first));
        assertThat(requestId(second)).isEqualTo(requestId(first)).isEqualTo(requestId(prefill.request()));
        assertThat(prefill.requestsLeft()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503})
    void decode_onlyNodeIsFullOrBroken_passesItsResponseOn(int status) throws IOException {
        String body = "{\"error\":{\"code\":16.0}}";
        decode.respondsWith(json(status, body)
                .newBuilder()
                .setHeader("Retry-After", "3")
                .setHeader("X-Request-Id", "node's")
                .build());
        Router router = fleet.router(over(decode.node(DECODE)));

        try (InferenceResponse response = router.route(chat().withHeader("X-Request-Id", "client's"))) {
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.headers().firstValue("retry-after")).hasValue("3");
            assertThat(response.headers().allValues("x-request-id")).containsExactly("client's");
            assertThat(response.servedBy()).isEqualTo(decode.node(DECODE));
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo(body);
        }
        assertThat(prefill.requestsLeft()).isOne();
        assertThat(decode.requestsLeft()).isOne();
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, ''",
        "application/json, '{\"choices\":[{\"index\":0,\"mess'",
        "application/json, 'null'",
        "text/event-stream, ''"
    })
    void decode_respondsWithNothingWhole_isNoResponse(String type, String body) throws IOException {
        FakeEngine broken = fleet.engine()
                .respondsWith(new MockResponse.Builder()
                        .setHeader("Content-Type", type)
                        .body(body)
                        .build());

        assertServed(fleet.router(over(broken.node(DECODE), decode.node(DECODE))));

        assertThat(decode.requestBody()).contains("\"kv\":{\"cache\":2}");
    }

    @Test
    void decode_onlyNodeRespondsWithACutObject_isFailed() {
        decode.respondsWith(json(200, "{\"choices\":["));
        Router router = fleet.router(over(decode.node(DECODE)));

        assertThatExceptionOfType(LegFailedException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining("an incomplete JSON object (12 bytes)")
                .satisfies(e -> assertThat(e.code()).isEqualTo("decode_failed"));
    }

    @Test
    void decode_manyNodesAdmitNothing_isTriedThreeTimes() {
        FakeEngine[] full = new FakeEngine[3];
        for (int i = 0; i < full.length; i++) {
            full[i] = fleet.engine().respondsWith(json(503, "{\"node\":" + i + "}"));
        }
        Router router = fleet.router(
                over(full[0].node(DECODE), full[1].node(DECODE), full[2].node(DECODE), decode.node(DECODE)));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.servedBy()).isEqualTo(full[2].node(DECODE));
        }
        assertThat(decode.requestsLeft()).isZero();
        assertThat(prefill.requestsLeft()).isOne();
    }

    @Test
    void decode_allNodesRefuseConnections_namesTheLastAndWhy() {
        NodeSpec last = refusing(DECODE);
        Router router = fleet.router(over(refusing(DECODE), last));

        assertThat(decodeFailure(router))
                .hasMessageContaining("decode node " + last.address())
                .hasCauseInstanceOf(NodeUnreachableException.class);
    }

    private LegFailedException decodeFailure(Router router) {
        LegFailedException failure = catchThrowableOfType(LegFailedException.class, () -> router.route(chat()));
        assertThat(failure.leg()).isEqualTo(DECODE);
        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure.code()).isEqualTo("decode_failed");
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(prefill.requestsLeft()).isOne();
        return failure;
    }

    static Stream<Arguments> failuresOfAStartedDecode() {
        return Stream.concat(
                Stream.of(
                        failure("status 500", connection -> connection.sendJson(500, "{}")),
                        failure("status 502", connection -> connection.sendJson(502, "{}"))),
                brokenDecodes());
    }

    static Stream<Arguments> brokenDecodes() {
        return Stream.of(
                failure("reset", Connection::reset),
                failure("closed", Connection::close),
                failure("not HTTP", connection -> connection.send("220 smtp ready\r\n\r\n")),
                failure("reset in the head", connection -> {
                    connection.send("HTTP/1.1 200 OK\r\nConte");
                    connection.reset();
                }),
                failure("reset in the plain body", connection -> {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"a\":1");
                    connection.reset();
                }),
                failure("reset before the first event", connection -> {
                    connection.sendStream("");
                    connection.reset();
                }),
                failure("reset in the first event", connection -> {
                    connection.sendStream("data: {\"a\":");
                    connection.reset();
                }));
    }

    private static Arguments failure(String name, Script script) {
        return arguments(name, script);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failuresOfAStartedDecode")
    void decode_failsOnceStarted_isMadeElsewhereAfterAnotherPrefill(String name, Script script) throws Exception {
        RawEngine failing = fleet.rawEngine(script);

        assertServed(fleet.router(over(failing.node(DECODE), decode.node(DECODE))));

        assertThat(failing.next().body()).contains("\"kv\":{\"cache\":1}");
        assertThat(failing.requestsLeft()).isZero();
        RecordedRequest first = prefill.request();
        RecordedRequest second = prefill.request();
        assertThat(first.getHeaders().get("X-Decode"))
                .isEqualTo(failing.node().address().toString());
        assertThat(second.getHeaders().get("X-Decode")).isEqualTo(decode.url());
        RecordedRequest decoded = decode.request();
        assertThat(FakeEngine.body(decoded)).contains("\"kv\":{\"cache\":2}");
        assertThat(requestId(decoded)).isEqualTo(requestId(second)).isNotEqualTo(requestId(first));
        assertThat(prefill.requestsLeft() + decode.requestsLeft()).isZero();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenDecodes")
    void decode_isCutOnTheOnlyNode_isToldWithTheNode(String name, Script script) {
        RawEngine failing = fleet.rawEngine(script);
        Router router = fleet.router(over(failing.node(DECODE)));

        assertThat(decodeFailure(router))
                .hasMessageContaining("decode node " + failing.node().address());
        assertThat(failing.requestsLeft()).isOne();
    }

    @Test
    void decode_failsOnceStartedThenPrefillRefuses_isThatRefusal() throws IOException {
        FakeEngine changed = fleet.engine()
                .respondsWith(json(200, "{\"kv\":{\"cache\":1}}"))
                .respondsWith(json(400, "{\"error\":\"changed\"}"));
        RawEngine failing = fleet.rawEngine(Connection::reset);
        Router router = fleet.router(split(changed.node(PREFILL), failing.node(DECODE), decode.node(DECODE)));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.status()).isEqualTo(400);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{\"error\":\"changed\"}");
        }
        assertThat(decode.requestsLeft()).isZero();
    }

    @Test
    void decode_isCutAfterTheFirstEvent_isTheClientsToHear() throws IOException {
        RawEngine failing = fleet.rawEngine(connection -> {
            connection.sendStream("data: {\"kv\":1,\"a\":1}\n\ndata: {");
            connection.reset();
        });
        Router router = fleet.router(over(failing.node(DECODE), decode.node(DECODE)));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readNBytes(15)).asString(UTF_8).isEqualTo("data: {\"a\":1}\n\n");
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> response.body().readAllBytes())
                    .withCauseInstanceOf(BadNodeResponseException.class)
                    .withMessageContaining("decode node " + failing.node().address());
        }
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(failing.requestsLeft()).isOne();
        assertThat(decode.requestsLeft()).isZero();
        assertThat(prefill.requestsLeft()).isOne();
    }

    @Test
    void decode_cacheIsForOneNodeThatRefuses_isMadeElsewhereAfterAnotherPrefill() throws IOException {
        RouterBuilder paired =
                over(refusing(DECODE), decode.node(DECODE)).option(PlainTwoStage.RECEIVER, Receiver.PAIRED.name());

        assertServed(fleet.router(paired));

        assertThat(decode.requestBody()).contains("\"kv\":{\"cache\":2}");
        assertThat(prefill.requestsLeft()).isEqualTo(2);
    }

    @Test
    void decode_cacheIsForOneNodeThatTakesIt_isMadeThere() throws IOException {
        assertServed(fleet.router(over(decode.node(DECODE)).option(PlainTwoStage.RECEIVER, Receiver.PAIRED.name())));

        assertThat(decode.requestBody()).contains("\"kv\":{\"cache\":1}");
        assertThat(prefill.requestsLeft()).isOne();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failuresOfAStartedDecode")
    void decode_failsAndThereWasNoCache_isMadeElsewhereWithoutAnotherPrefill(String name, Script script)
            throws IOException {
        FakeEngine withoutConnector = fleet.engine().respondsWith(json(200, "{\"kv\":null}"));
        RawEngine failing = fleet.rawEngine(script);
        Router router = fleet.router(split(withoutConnector.node(PREFILL), failing.node(DECODE), decode.node(DECODE)));

        assertServed(router);

        assertThat(decode.requestBody()).isEqualTo(new String(chat().body(), UTF_8));
        assertThat(withoutConnector.requestsLeft()).isOne();
        assertThat(TestFleet.status(router, withoutConnector.node()).handoversMissed())
                .isOne();
    }

    @Test
    void decode_nodeIsSilentForTooLong_isATimeoutAndNotMadeElsewhere() {
        FakeClock clock = new FakeClock();
        RawEngine silent = fleet.rawEngine(connection -> {
            clock.advance(Duration.ofMinutes(1));
            connection.awaitEnd();
        });
        Router router = fleet.router(
                over(silent.node(DECODE), decode.node(DECODE)).clock(clock).requestTimeout(Duration.ofSeconds(30)));

        assertThatExceptionOfType(NodeTimeoutException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining("decode node " + silent.node().address());

        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(decode.requestsLeft()).isZero();
        assertThat(prefill.requestsLeft()).isOne();
    }

    @Test
    void decode_nodeCannotBeReachedTooOften_isEjected() throws IOException {
        NodeSpec dead = refusing(DECODE);
        Router router = fleet.router(over(dead, decode.node(DECODE)).healthCheckInterval(Duration.ofHours(1)));

        for (int i = 0; i < 6; i++) {
            assertServed(router);
        }

        assertThat(TestFleet.status(router, dead).state()).isEqualTo(NodeState.EJECTED);
    }

    private static void assertServed(Router router) throws IOException {
        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
        }
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    private static String requestId(RecordedRequest request) {
        return Objects.requireNonNull(request.getHeaders().get("X-Request-Id"));
    }
}
