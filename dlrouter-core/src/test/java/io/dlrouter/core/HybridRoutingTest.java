package io.dlrouter.core;

import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import java.io.IOException;
import java.util.List;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HybridRoutingTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 204, 301, 400, 401, 404, 422, 429, 500, 501, 503})
    void hybrid_nodeRespondsWithAnyStatus_passesItThrough(int status) throws IOException {
        String body = status == 204 ? "" : "{\"said\":\"" + status + "\"}";
        FakeEngine engine = fleet.engine().respondsWith(json(status, body));

        try (InferenceResponse response = fleet.router(engine.node()).route(chat())) {
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo(body);
            assertThat(response.servedBy()).isEqualTo(engine.node());
        }
        assertThat(engine.requestsLeft()).isOne();
    }

    @Test
    void hybrid_nodeResponds429_passesItsHeadersThrough() {
        MockResponse busy = json(429, "{}")
                .newBuilder()
                .setHeader("Retry-After", "7")
                .addHeader("X-Queue", "a")
                .addHeader("X-Queue", "b")
                .build();
        FakeEngine engine = fleet.engine().respondsWith(busy);

        try (InferenceResponse response = fleet.router(engine.node()).route(chat())) {
            assertThat(response.headers().firstValue("retry-after")).hasValue("7");
            assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
            assertThat(response.headers().allValues("x-queue")).containsExactly("a", "b");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"m\",\"seed\":9223372036854775807,\"n\":16,\"t\":16.0,\"big\":1e400}",
                " {\n\"b\" : 2 ,\t\"a\":1,\"model\" : \"m\"}\r\n",
                "{\"model\":\"m\",\"prompt\":\"\\u00e9 é 模型 😀 \\ud800\"}",
                "{\"model\":\"m\",\"a\":1,\"a\":2,\"unknown\":{\"kv_transfer_params\":[]}}",
            })
    void hybrid_anyBody_isForwardedByteForByte(String body) {
        FakeEngine engine = fleet.engine();

        fleet.router(engine.node()).route(chat(body)).close();

        assertThat(engine.requestBody()).isEqualTo(body);
    }

    @Test
    void hybrid_promptOfTwoMebibytes_isForwardedByteForByte() {
        FakeEngine engine = fleet.engine();
        String body = "{\"model\":\"m\",\"prompt\":\"" + "é😀\\n x".repeat((2 << 20) / 10) + "\"}";

        fleet.router(engine.node()).route(chat(body)).close();

        assertThat(engine.requestBody()).isEqualTo(body);
    }

    @Test
    void hybrid_membersThatOnlyTheRouterMaySet_areLeftOut() {
        FakeEngine engine = fleet.engine();

        fleet.router(engine.node())
                .route(chat("{\"model\":\"m\", \"resume_handle\":{\"x\":1}, \"seed\":16.0, \"resume_h\\u0061ndle\":1}"))
                .close();

        assertThat(engine.requestBody()).isEqualTo("{\"model\":\"m\", \"seed\":16.0}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions?api-version=2&x=%20y", "/v1/embeddings", "/tokenize", "/v1/a%2Fb"})
    void hybrid_pathAndQuery_areKept(String path) {
        FakeEngine engine = fleet.engine();

        fleet.router(engine.node())
                .route(InferenceRequest.post(path, chat().body()))
                .close();

        assertThat(engine.request().getRequestLine()).isEqualTo("POST " + path + " HTTP/1.1");
    }

    @Test
    void hybrid_nodeBelowAPath_keepsIt() {
        FakeEngine engine = fleet.engine();
        Router router =
                fleet.router(NodeSpec.of("plain", engine.url() + "/engine/").withModels("m"));

        router.route(chat()).close();

        assertThat(engine.request().getTarget()).isEqualTo("/engine/v1/chat/completions");
    }

    @Test
    void hybrid_bodyReadToItsEnd_leavesTheConnectionForTheNextRequest() throws IOException {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(engine.node());

        for (int i = 0; i < 3; i++) {
            try (InferenceResponse response = router.route(chat())) {
                response.body().readAllBytes();
            }
        }

        int connection = engine.request().getConnectionIndex();
        assertThat(List.of(engine.request(), engine.request()))
                .allSatisfy(request -> assertThat(request.getConnectionIndex()).isEqualTo(connection));
    }

    @Test
    void hybrid_requestUnderWay_isCountedUntilItIsClosed() throws IOException {
        Router router = fleet.router(fleet.engine().node());

        InferenceResponse response = router.route(chat());
        assertThat(TestFleet.inFlight(router)).isOne();
        response.close();
        response.close();

        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void hybrid_bodyReadToItsEnd_isCountedNoMoreAndGivesALatency() throws IOException {
        Router router = fleet.router(fleet.engine().node());

        InferenceResponse response = router.route(chat());
        assertThat(router.nodes().all().get(0).latencies()).isEmpty();
        response.body().readAllBytes();

        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(router.nodes().all().get(0).latencies()).hasSize(1);
        response.close();
        assertThat(response.body().read()).isEqualTo(-1);
        assertThat(router.nodes().all().get(0).latencies()).hasSize(1);
    }

    @Test
    void hybrid_responseThatIsAnErrorOrIsNotReadToItsEnd_givesNoLatency() throws IOException {
        FakeEngine engine = fleet.engine().respondsWith(json(500, "{}"));
        Router router = fleet.router(engine.node());

        try (InferenceResponse response = router.route(chat())) {
            response.body().readAllBytes();
        }
        router.route(chat()).close();

        assertThat(router.nodes().all().get(0).latencies()).isEmpty();
    }

    @Test
    void hybrid_unknownModel_isNotFound() {
        Router router = fleet.router(fleet.engine().node());

        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> router.route(chat("{\"model\":\"gpt-5\"}")))
                .withMessageContaining("gpt-5");
    }

    @Test
    void hybrid_noModelNamed_goesToTheOnlyOne() {
        FakeEngine engine = fleet.engine();

        fleet.router(engine.node()).route(chat("{\"prompt\":\"a\"}")).close();

        assertThat(engine.requestBody()).isEqualTo("{\"prompt\":\"a\"}");
    }

    @Test
    void hybrid_noModelNamedAndSeveralThere_isRefusedWithTheirNames() {
        Router router = fleet.router(fleet.engine().node().withModels("a", "b"));

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> router.route(chat("{\"prompt\":\"a\"}")))
                .withMessageContaining("a, b")
                .satisfies(refused -> assertThat(refused.param()).hasValue("model"));
    }

    @Test
    void hybrid_onlyNodeDrains_isNotAvailable() {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(engine.node());

        try (InferenceResponse open = router.route(chat())) {
            router.nodes().drain(open.servedBy().address());

            assertThatExceptionOfType(NoNodeAvailableException.class)
                    .isThrownBy(() -> router.route(chat()))
                    .withMessageContaining("'m'")
                    .withMessageContaining("1 HYBRID DRAINING");
        }
    }
}
