package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Lease;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.ResponseNotFoundException;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.TooManyRequestsException;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests that refer to the state of a response, which one node holds. */
class ResponseStateTest {
    private static final String CREATED = "{\"id\":\"resp_1\",\"object\":\"response\",\"output\":[{\"id\":\"msg_1\"}]}";
    private static final String FOLLOW_UP = "{\"input\":\"b\",\"previous_response_id\":\"resp_1\"}";

    @RegisterExtension
    private final TestFleet fleet = new TestFleet();

    private final FakeEngine first = fleet.engine();
    private final FakeEngine second = fleet.engine();

    private static InferenceRequest responses(String body) {
        return InferenceRequest.post("/v1/responses", body.getBytes(UTF_8));
    }

    private static String route(Router router, InferenceRequest request) throws IOException {
        try (InferenceResponse response = router.route(request)) {
            return new String(response.body().readAllBytes(), UTF_8);
        }
    }

    /** A router whose first node has made the response {@code resp_1}. */
    private Router afterTheFirstTurn() throws IOException {
        return afterTheFirstTurn(TestFleet.over(first.node(), second.node()));
    }

    private Router afterTheFirstTurn(RouterBuilder builder) throws IOException {
        Router router = fleet.router(builder);
        first.respondsWith(FakeEngine.json(200, CREATED));
        route(router, responses("{\"model\":\"m\",\"input\":\"a\"}"));
        first.request();
        return router;
    }

    private void assertFollowUpsGoToTheFirst(Router router) throws IOException {
        for (int i = 0; i < 3; i++) {
            route(router, responses(FOLLOW_UP));
            assertThat(first.requestBody()).isEqualTo(FOLLOW_UP);
        }
        assertThat(second.requestsLeft()).isZero();
    }

    @Test
    void followUp_ofAPlainResponse_goesToItsNode() throws IOException {
        assertFollowUpsGoToTheFirst(afterTheFirstTurn());
    }

    @Test
    void followUp_ofAStream_goesToItsNode() throws IOException {
        Router router = fleet.router(first.node(), second.node());
        first.respondsWith(new MockResponse.Builder()
                .setHeader("Content-Type", "text/event-stream")
                .body(": ping\n\nevent: response.created\n"
                        + "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":" + CREATED + "}\n\n"
                        + "event: response.completed\ndata: {\"response\":{\"id\":\"resp_2\"}}\n\n")
                .build());
        route(router, responses("{\"model\":\"m\",\"input\":\"a\",\"stream\":true}"));
        first.request();

        assertFollowUpsGoToTheFirst(router);
    }

    @Test
    void followUp_ofAResponseOfManyBytes_goesToItsNode() throws IOException {
        Router router = fleet.router(first.node(), second.node());
        String text = "x".repeat(300_000);
        first.respondsWith(
                FakeEngine.json(200, "{\"object\":\"response\",\"id\":\"resp_1\",\"text\":\"" + text + "\"}"));
        route(router, responses("{\"model\":\"m\",\"input\":\"a\"}"));
        first.request();

        assertFollowUpsGoToTheFirst(router);
    }

    @Test
    void conversation_namedAgain_staysOnItsNode() throws IOException {
        Router router = fleet.router(first.node(), second.node());
        for (String name : new String[] {"\"conv_1\"", "{\"id\":\"conv_1\"}", "\"conv_1\""}) {
            route(router, responses("{\"model\":\"m\",\"input\":\"a\",\"conversation\":" + name + "}"));
            first.request();
        }

        assertThat(second.requestsLeft()).isZero();
    }

    @Test
    void getCancelAndDelete_ofAKnownResponse_goToItsNode() throws IOException {
        Router router = afterTheFirstTurn();
        first.describes("/v1/responses/resp_1?include=a", FakeEngine.json(200, CREATED));

        assertThat(route(router, InferenceRequest.get("/v1/responses/resp_1?include=a")))
                .isEqualTo(CREATED);
        route(router, InferenceRequest.post("/v1/responses/resp_1/cancel", new byte[0]));
        assertThat(first.request().getTarget()).isEqualTo("/v1/responses/resp_1/cancel");
        route(router, InferenceRequest.delete("/v1/responses/resp_1"));
        assertThat(first.request().getMethod()).isEqualTo("DELETE");
        assertThat(second.requestsLeft()).isZero();
        assertNotFound(router, InferenceRequest.get("/v1/responses/resp_1"), "response_id");
    }

    @Test
    void unknownResponse_anyRequest_isNotFound() {
        Router router = fleet.router(first.node(), second.node());

        assertNotFound(router, responses(FOLLOW_UP), "previous_response_id");
        assertNotFound(router, InferenceRequest.get("/v1/responses/resp_1"), "response_id");
        assertNotFound(router, InferenceRequest.delete("/v1/responses/resp_1"), "response_id");
        assertNotFound(router, InferenceRequest.post("/v1/responses/resp_1/cancel", new byte[0]), "response_id");
    }

    private static void assertNotFound(Router router, InferenceRequest request, String param) {
        assertNotFound(router, request, "resp_1", param);
    }

    private static void assertNotFound(Router router, InferenceRequest request, String id, String param) {
        assertThatExceptionOfType(ResponseNotFoundException.class)
                .isThrownBy(() -> route(router, request))
                .withMessageContaining("'" + id + "' not found")
                .satisfies(missing -> assertThat(missing.param()).isEqualTo(param));
    }

    @Test
    void followUp_nodeHasLeft_isNotFoundForThatReason() throws IOException {
        Router router = afterTheFirstTurn();
        router.nodes().remove(first.node().address());

        assertThatExceptionOfType(ResponseNotFoundException.class)
                .isThrownBy(() -> route(router, responses(FOLLOW_UP)))
                .withMessageContaining(first.url())
                .withMessageContaining("has left the fleet");
        assertThat(second.requestsLeft()).isZero();
    }

    @Test
    void followUp_nodeIsDown_isNotSentElsewhere() throws IOException {
        Router router = afterTheFirstTurn();
        first.close();

        assertThatExceptionOfType(NodeUnreachableException.class).isThrownBy(() -> route(router, responses(FOLLOW_UP)));
        assertThat(second.requestsLeft()).isZero();
    }

    @Test
    void followUp_nodeRejects_passesItsResponse() throws IOException {
        Router router = afterTheFirstTurn();
        first.respondsWith(FakeEngine.json(503, "{\"busy\":1}"));

        assertThat(route(router, responses(FOLLOW_UP))).isEqualTo("{\"busy\":1}");
        assertThat(second.requestsLeft()).isZero();
    }

    @Test
    void followUp_otherModel_isNotFound() throws IOException {
        FakeEngine other = fleet.engine().models(FakeEngine.modelList("other"));
        Router router =
                afterTheFirstTurn(TestFleet.over(first.node(), other.node().withModels("other")));

        assertThatExceptionOfType(ResponseNotFoundException.class)
                .isThrownBy(() -> route(
                        router, responses("{\"model\":\"other\",\"input\":\"b\",\"previous_response_id\":\"resp_1\"}")))
                .withMessageContaining("'other'");
    }

    @Test
    void followUp_nodeIsAtItsLimit_isNotSentElsewhere() throws IOException {
        Router router =
                afterTheFirstTurn(TestFleet.over(first.node(), second.node()).maxInFlight(1));

        try (Lease lease = router.lease(responses(FOLLOW_UP))) {
            assertThat(lease.node().address()).isEqualTo(first.node().address());
            assertThatExceptionOfType(TooManyRequestsException.class)
                    .isThrownBy(() -> route(router, responses(FOLLOW_UP)));
        }
    }

    @Test
    void followUp_nodeIsAtItsLimit_waitsForItAndHoldsUpNoOther() throws Exception {
        Router router = afterTheFirstTurn(
                TestFleet.over(first.node(), second.node()).maxInFlight(1).queue(1, Duration.ofMinutes(1)));
        CompletableFuture<String> waiting;

        try (Lease lease = router.lease(responses(FOLLOW_UP))) {
            assertThat(lease.node().address()).isEqualTo(first.node().address());
            waiting = CompletableFuture.supplyAsync(() -> served(router, responses(FOLLOW_UP)));
            eventually("the follow-up waits", () -> router.waiting() == 1);
            route(router, TestFleet.chat());
            assertThat(second.requestsLeft()).isOne();
            assertThat(waiting).isNotDone();
        }

        assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo("{}");
        assertThat(first.requestBody()).isEqualTo(FOLLOW_UP);
    }

    private static String served(Router router, InferenceRequest request) {
        try {
            return route(router, request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void followUp_nodeIsDraining_isUnavailableForNow() throws Exception {
        Router router = afterTheFirstTurn();

        try (Lease lease = router.lease(responses(FOLLOW_UP))) {
            router.nodes().drain(lease.node().address());

            assertThatExceptionOfType(NoNodeAvailableException.class)
                    .isThrownBy(() -> route(router, responses(FOLLOW_UP)));
        }
        assertThat(second.requestsLeft()).isZero();
    }

    @Test
    void listener_storedResponse_isToldTheModelAndOneRoute() throws IOException {
        Queue<RoutedRequest> ended = new ConcurrentLinkedQueue<>();
        Router router =
                afterTheFirstTurn(TestFleet.over(first.node(), second.node()).listener(new RouterListener() {
                    @Override
                    public void completed(RoutedRequest request) {
                        ended.add(request);
                    }
                }));
        ended.clear();

        route(router, InferenceRequest.get("/v1/responses/resp_1"));
        assertNotFound(router, InferenceRequest.get("/v1/responses/resp_2").withClient("c"), "resp_2", "response_id");

        assertThat(ended).extracting(RoutedRequest::route).containsOnly("/v1/responses/{id}");
        assertThat(ended.remove().model()).hasValue("m");
        assertThat(ended.remove().error()).hasValue("response_not_found");
    }

    @Test
    void refusedResponse_ofAnyBody_isNotStored() throws IOException {
        Router router = fleet.router(first.node(), second.node());
        first.respondsWith(FakeEngine.json(400, CREATED));
        route(router, responses("{\"model\":\"m\",\"input\":\"a\"}"));

        assertNotFound(router, responses(FOLLOW_UP), "previous_response_id");
    }

    @Test
    void prefillDecode_decodeServesResponsesAlone_keepsTheChainOnItsNode() throws IOException {
        FakeEngine prefill = fleet.engine();
        RouterBuilder builder = TestFleet.split(
                        prefill.node(Role.PREFILL), first.node(Role.DECODE), second.node(Role.DECODE))
                .option(PlainTwoStage.UNSPLIT, "/v1/responses");

        assertFollowUpsGoToTheFirst(afterTheFirstTurn(builder));
        assertThat(prefill.requestsLeft()).isZero();
    }

    @Test
    void prefillDecode_dualDispatch_rejectsResponses() {
        Router router = fleet.router(TestFleet.paired(first.node(Role.PREFILL), second.node(Role.DECODE)));

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> route(router, responses("{\"model\":\"m\",\"input\":\"a\"}")));
    }
}
