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

import io.dlrouter.InferenceResponse;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.RawEngine.Script;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A prefill that fails is made elsewhere or told to the client, and never followed by decode. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoStagePrefillFailureTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeEngine prefill = fleet.engine();
    private final FakeEngine decode = fleet.engine();

    static Stream<Arguments> failures() {
        return Stream.of(
                failure("reset", Connection::reset),
                failure("closed", Connection::close),
                failure("status 500", connection -> connection.sendJson(500, "{\"kv\":{}}")),
                failure("status 503", connection -> connection.sendJson(503, "{}")),
                failure("not HTTP", connection -> connection.send("220 smtp ready\r\n\r\n")),
                failure("not JSON", connection -> connection.sendJson("<html>")),
                failure("not an object", connection -> connection.sendJson("[]")),
                failure("not what the protocol expects", connection -> connection.sendJson("{\"kv\":1}")),
                failure("broken off", connection -> {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"kv\":{}");
                    connection.reset();
                }));
    }

    private static Arguments failure(String name, Script script) {
        return arguments(name, script);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures")
    void prefill_fails_isMadeOnAnotherNode(String name, Script script) throws IOException {
        RawEngine failing = fleet.rawEngine(script);

        assertDecodedAfterPrefill(
                fleet.router(split(failing.node(PREFILL), prefill.node(PREFILL), decode.node(DECODE))));
        assertThat(failing.requestsLeft()).isOne();
    }

    @Test
    void prefill_nodeRefusesConnections_isMadeOnAnotherNode() throws IOException {
        assertDecodedAfterPrefill(fleet.router(split(refusing(PREFILL), prefill.node(PREFILL), decode.node(DECODE))));
    }

    private void assertDecodedAfterPrefill(Router router) throws IOException {
        prefill.respondsWith(json(200, "{\"kv\":{\"from\":\"the other\"}}"));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
        }
        assertThat(prefill.requestsLeft()).isOne();
        assertThat(decode.requestBody()).contains(",\"kv\":{\"from\":\"the other\"}}");
        assertThat(decode.requestsLeft()).isZero();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures")
    void prefill_failsAndThereIsNoOtherNode_isToldWithTheNode(String name, Script script) {
        RawEngine failing = fleet.rawEngine(script);

        assertThat(prefillFailure(fleet.router(split(failing.node(PREFILL), decode.node(DECODE)))))
                .hasMessageContaining(failing.node().address().toString());
    }

    @Test
    void prefill_allNodesRefuseConnections_namesTheLastAndWhy() {
        NodeSpec last = refusing(PREFILL);

        assertThat(prefillFailure(fleet.router(split(refusing(PREFILL), last, decode.node(DECODE)))))
                .hasMessageContaining("prefill node " + last.address())
                .hasCauseInstanceOf(NodeUnreachableException.class);
    }

    private LegFailedException prefillFailure(Router router) {
        LegFailedException failure = catchThrowableOfType(LegFailedException.class, () -> router.route(chat()));
        assertThat(failure.leg()).isEqualTo(PREFILL);
        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure.code()).isEqualTo("prefill_failed");
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(decode.requestsLeft()).isZero();
        return failure;
    }

    @Test
    void prefill_manyNodesFail_isTriedThreeTimes() {
        Router router = fleet.router(split(
                refusing(PREFILL), refusing(PREFILL), refusing(PREFILL), prefill.node(PREFILL), decode.node(DECODE)));

        assertThatExceptionOfType(LegFailedException.class).isThrownBy(() -> router.route(chat()));

        assertThat(prefill.requestsLeft()).isZero();
    }

    @Test
    void prefill_nodeCannotBeReachedTooOften_isEjected() {
        NodeSpec dead = refusing(PREFILL);

        assertThat(stateAfterSixRequests(dead)).isEqualTo(NodeState.EJECTED);
    }

    @Test
    void prefill_nodeRespondsWithErrors_isEjected() {
        RawEngine broken = fleet.rawEngine(connection -> connection.sendJson(500, "{}"));

        assertThat(stateAfterSixRequests(broken.node(PREFILL))).isEqualTo(NodeState.EJECTED);
        assertThat(broken.requestsLeft()).isEqualTo(3);
    }

    @Test
    void prefill_nodeIsFull_isNotEjected() {
        RawEngine full = fleet.rawEngine(connection -> connection.sendJson(503, "{}"));

        assertThat(stateAfterSixRequests(full.node(PREFILL))).isEqualTo(NodeState.READY);
        assertThat(full.requestsLeft()).isPositive();
    }

    @Test
    void prefill_nodeIsFull_goesToAnother() throws IOException {
        FakeEngine other = fleet.engine();
        prefill.respondsWith(json(429, "{}"));
        Router router = fleet.router(split(prefill.node(PREFILL), other.node(PREFILL), decode.node(DECODE)));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.status()).isEqualTo(200);
        }
        assertThat(prefill.requestsLeft()).isOne();
        assertThat(other.requestsLeft()).isOne();
    }

    @Test
    void prefill_allNodesAreFull_isTheClientsResponse() throws IOException {
        FakeEngine other = fleet.engine().respondsWith(json(429, "{\"full\":2}"));
        prefill.respondsWith(json(429, "{\"full\":1}"));
        Router router = fleet.router(split(prefill.node(PREFILL), other.node(PREFILL), decode.node(DECODE)));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.status()).isEqualTo(429);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{\"full\":2}");
        }
        assertThat(decode.requestsLeft()).isZero();
    }

    /** Where it sends the client to is between router and engine. */
    @Test
    void prefill_nodeRedirects_isNoResponse() {
        prefill.respondsWith(json(307, "{}")
                .newBuilder()
                .setHeader("Location", "http://10.0.0.1/")
                .build());
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        assertThat(prefillFailure(router)).hasMessageContaining("responded with status 307");
    }

    private NodeState stateAfterSixRequests(NodeSpec failing) {
        Router router = fleet.router(
                split(failing, prefill.node(PREFILL), decode.node(DECODE)).healthCheckInterval(Duration.ofHours(1)));
        for (int i = 0; i < 6; i++) {
            router.route(chat()).close();
        }
        return TestFleet.status(router, failing).state();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 422})
    void prefill_nodeSaysThatTheRequestIsWrong_isTheClientsResponse(int status) throws IOException {
        FakeEngine other = fleet.engine();
        String body = "{\"error\":{\"code\":16.0},\"kv\":{},\"usage\":{\"prompt_tokens\":1}}";
        prefill.respondsWith(json(status, body)
                .newBuilder()
                .setHeader("X-Engine", "e")
                .setHeader("Retry-After", "3")
                .setHeader("X-Request-Id", "node's")
                .build());
        Router router = fleet.router(split(prefill.node(PREFILL), other.node(PREFILL), decode.node(DECODE)));

        try (InferenceResponse response = router.route(chat().withHeader("X-Request-Id", "client's"))) {
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.servedBy()).isEqualTo(prefill.node(PREFILL));
            assertThat(TestFleet.inFlight(router, decode.node())).isZero();
            assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
            assertThat(response.headers().firstValue("x-engine")).hasValue("e");
            assertThat(response.headers().firstValue("retry-after")).hasValue("3");
            assertThat(response.headers().allValues("x-request-id")).containsExactly("client's");
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo(body);
        }
        assertThat(other.requestsLeft()).isZero();
        assertThat(decode.requestsLeft()).isZero();
    }

    @Test
    void prefill_nodeIsSilentForTooLong_isATimeoutAndNotTriedElsewhere() {
        FakeClock clock = new FakeClock();
        RawEngine silent = fleet.rawEngine(connection -> {
            clock.advance(Duration.ofMinutes(1));
            connection.awaitEnd();
        });
        Router router = fleet.router(split(silent.node(PREFILL), prefill.node(PREFILL), decode.node(DECODE))
                .clock(clock)
                .requestTimeout(Duration.ofSeconds(30)));

        assertThatExceptionOfType(NodeTimeoutException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining("prefill node " + silent.node().address());

        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(prefill.requestsLeft()).isZero();
        assertThat(decode.requestsLeft()).isZero();
    }
}
