package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.HYBRID;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.split;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.Router;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which nodes a request that is split gets, and for how long it is counted on them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoStageLeaseOrderTest {
    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Threads.system().perTask("test-caller");
    private final FakeEngine prefill = fleet.engine();
    private final FakeEngine decode = fleet.engine();

    @Test
    void leases_duringEachLeg_areDecodesThroughoutAndPrefillsUntilItHasResponded() throws Exception {
        Semaphore goOn = new Semaphore(0);
        RawEngine prefilling = fleet.rawEngine(connection -> {
            goOn.acquire();
            connection.sendJson("{\"kv\":{}}");
        });
        RawEngine decoding = fleet.rawEngine(connection -> {
            goOn.acquire();
            connection.sendStream("data: {}\n\n");
            goOn.acquire();
            connection.sendEnd();
        });
        Router router = fleet.router(split(prefilling.node(PREFILL), decoding.node(DECODE)));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        prefilling.next();
        assertCounted(router, prefilling, 1, decoding, 1);
        goOn.release();
        decoding.next();
        assertCounted(router, prefilling, 0, decoding, 1);
        goOn.release();
        try (InferenceResponse response = call.get(30, TimeUnit.SECONDS)) {
            assertCounted(router, prefilling, 0, decoding, 1);
            goOn.release();
            response.body().readAllBytes();
            assertCounted(router, prefilling, 0, decoding, 0);
        }
    }

    private static void assertCounted(
            Router router, RawEngine prefilling, int onPrefill, RawEngine decoding, int onDecode) {
        assertThat(TestFleet.inFlight(router, prefilling.node())).isEqualTo(onPrefill);
        assertThat(TestFleet.inFlight(router, decoding.node())).isEqualTo(onDecode);
    }

    @Test
    void leases_requestEnds_areALatencyOfBothNodes() throws IOException {
        prefill.respondsWith(json(200, "{\"kv\":{}}"));
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        serve(router, chat());

        assertThat(router.nodes().all())
                .allSatisfy(node -> assertThat(node.latencies()).hasSize(1));
    }

    @Test
    void leases_timeThatDecodeWaitsForPrefill_isNotItsLatency() throws IOException {
        RawEngine prefilling = fleet.rawEngine(connection -> {
            clock.advance(Duration.ofSeconds(2));
            connection.sendJson("{\"kv\":{}}");
        });
        Router router = fleet.router(split(prefilling.node(PREFILL), decode.node(DECODE)));

        serve(router, chat());

        assertThat(TestFleet.status(router, prefilling.node()).latencies()).containsExactly(2.0);
        assertThat(TestFleet.status(router, decode.node()).latencies()).containsExactly(0.0);
    }

    @Test
    void leases_roundRobinOverTwoOfEachRole_areSharedEqually() throws IOException {
        FakeEngine otherPrefill = fleet.engine();
        FakeEngine otherDecode = fleet.engine();
        Router router = fleet.router(split(
                prefill.node(PREFILL), otherPrefill.node(PREFILL), decode.node(DECODE), otherDecode.node(DECODE)));

        for (int i = 0; i < 40; i++) {
            serve(router, chat());
        }

        assertThat(prefill.requestsLeft()).isEqualTo(20);
        assertThat(otherPrefill.requestsLeft()).isEqualTo(20);
        assertThat(decode.requestsLeft()).isEqualTo(20);
        assertThat(otherDecode.requestsLeft()).isEqualTo(20);
    }

    @Test
    void leases_strategyOfARole_choosesForThatRoleAlone() throws IOException {
        FakeEngine otherPrefill = fleet.engine();
        FakeEngine otherDecode = fleet.engine();
        Router router = fleet.router(
                split(prefill.node(PREFILL), otherPrefill.node(PREFILL), decode.node(DECODE), otherDecode.node(DECODE))
                        .strategy(PREFILL, "consistent_hash"));

        for (int i = 0; i < 10; i++) {
            serve(router, chat().withHeader("x-session-id", "s"));
        }

        assertThat(Math.max(prefill.requestsLeft(), otherPrefill.requestsLeft()))
                .isEqualTo(10);
        assertThat(decode.requestsLeft()).isEqualTo(5);
        assertThat(otherDecode.requestsLeft()).isEqualTo(5);
    }

    @Test
    void leases_hybridNodesBesideTheRoles_areNotUsed() throws IOException {
        FakeEngine hybrid = fleet.engine();
        Router router = fleet.router(split(hybrid.node(HYBRID), prefill.node(PREFILL), decode.node(DECODE)));

        serve(router, chat());

        assertThat(hybrid.requestsLeft()).isZero();
        assertThat(prefill.requestsLeft()).isOne();
        assertThat(decode.requestsLeft()).isOne();
    }

    @Test
    void leases_noPrefillNode_isUnavailableAndNamesTheRole() {
        Router router = fleet.router(split(decode.node(DECODE), fleet.engine().node(HYBRID)));

        assertUnavailable(router, "No PREFILL node can take a request for the model 'm'");
        assertThat(decode.requestsLeft()).isZero();
    }

    @Test
    void leases_noDecodeNode_isUnavailableAndNamesTheRoleBeforeAnyPrefill() {
        Router router = fleet.router(split(prefill.node(PREFILL)));

        assertUnavailable(router, "No DECODE node can take a request for the model 'm'");
        assertThat(prefill.requestsLeft()).isZero();
    }

    @Test
    void leases_rolesServeDifferentModels_areUnavailable() {
        Router router =
                fleet.router(split(prefill.node(PREFILL), decode.node(DECODE).withModels("other")));

        assertUnavailable(router, "No DECODE node");
        assertThat(router.notReady()).isPresent();
    }

    private static void assertUnavailable(Router router, String message) {
        assertThatExceptionOfType(NoNodeAvailableException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageStartingWith(message)
                .satisfies(failure -> assertThat(failure.status()).isEqualTo(503))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("no_node_available"));
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void leases_unknownModel_isNotFound() {
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> router.route(chat("{\"model\":\"x\"}")));
    }

    @Test
    void route_protocolRefusesTheRequest_isToldAndNothingIsSentOrCounted() {
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> router.route(chat("{\"model\":\"m\",\"never\":1}")))
                .satisfies(refused -> assertThat(refused.param()).hasValue("never"));
        assertNothingIsSentOrCounted(router);
    }

    @Test
    void route_protocolFails_isToldAndNothingIsSentOrCounted() {
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        assertThatIllegalStateException()
                .isThrownBy(() -> router.route(chat("{\"model\":\"m\",\"broken\":1}")))
                .withMessage("broken");
        assertNothingIsSentOrCounted(router);
    }

    private void assertNothingIsSentOrCounted(Router router) {
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(prefill.requestsLeft() + decode.requestsLeft()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/embeddings", "/v1/responses", "/generate", "/v1", "/", "/v1/chat/completions/x"})
    void route_pathThatIsNotSplit_isRefused(String path) {
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> router.route(InferenceRequest.post(path, chat().body())))
                .withMessageContaining("expected: /v1/chat/completions or /v1/completions");
        assertThat(prefill.requestsLeft() + decode.requestsLeft()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/completions", "/v1/chat/completions/", "/v1/completions?a=/b", "/v1/completions/?a=/"})
    void route_pathThatIsSplit_goesToBothNodesWithoutItsTrailingSlash(String path) throws IOException {
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        serve(router, InferenceRequest.post(path, chat().body()));

        String sent = path.replaceFirst("s/($|\\?)", "s$1");
        assertThat(prefill.request().getTarget()).isEqualTo(sent);
        assertThat(decode.request().getTarget()).isEqualTo(sent);
    }

    @Test
    void lease_requestIsSplit_isRefused() {
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        assertThatIllegalStateException()
                .isThrownBy(() -> router.lease(chat()))
                .withMessageContaining("lease on one node is not available with Prefill/Decode");
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    private static void serve(Router router, InferenceRequest request) throws IOException {
        try (InferenceResponse response = router.route(request)) {
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
        }
    }
}
