package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ControlRoutesTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    VLLM     | READY        | 200 | ''
                    VLLM     | INITIALIZING | 503 | ''
                    VLLM     | SLEEPING     | 200 | ''
                    VLLM     | UNHEALTHY    | 503 | ''
                    SGLANG   | READY        | 200 | ''
                    SGLANG   | INITIALIZING | 503 | ''
                    LMDEPLOY | READY        | 200 | {"status":"healthy","message":"engine is healthy"}
                    LMDEPLOY | INITIALIZING | 503 | {"status":"initializing","message":"engine is initializing"}
                    LMDEPLOY | SLEEPING     | 200 | {"status":"sleeping","message":"engine is sleeping"}
                    LMDEPLOY | UNHEALTHY    | 503 | {"status":"unhealthy","message":"engine is unhealthy"}
                    """)
    void health_ofEachKind_saysItInItsWay(EngineKind kind, Health health, int status, String body) throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(kind).start()) {
            engine.health(health);
            HttpResponse<String> response = new ApiClient(engine).get("/health");

            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(response.body()).isEqualTo(body);
        }
    }

    @Test
    void health_absent_is404() throws Exception {
        try (SimulatedEngine engine =
                SimulatedEngine.builder(EngineKind.VLLM).health(Health.ABSENT).start()) {
            assertThat(new ApiClient(engine).get("/health").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void models_ofEachKind_nameTheirOwner() throws Exception {
        try (SimulatedEngine vllm = SimulatedEngine.builder(EngineKind.VLLM)
                        .models("a", "b")
                        .maxModelLen(77)
                        .start();
                SimulatedEngine lmdeploy =
                        SimulatedEngine.builder(EngineKind.LMDEPLOY).model("a").start();
                SimulatedEngine sglang =
                        SimulatedEngine.builder(EngineKind.SGLANG).model("a").start()) {
            assertThat(new ApiClient(vllm).get("/v1/models").body())
                    .contains("\"id\":\"a\"", "\"id\":\"b\"", "\"owned_by\":\"vllm\"", "\"max_model_len\":77");
            assertThat(new ApiClient(lmdeploy).get("/v1/models").body()).contains("\"owned_by\":\"lmdeploy\"");
            assertThat(new ApiClient(sglang).get("/v1/models").body()).contains("\"owned_by\":\"sglang\"");
        }
    }

    @Test
    void models_replaced_areServedInsteadOfTheOldOnes() throws Exception {
        try (SimulatedEngine engine =
                SimulatedEngine.builder(EngineKind.VLLM).model("old").start()) {
            ApiClient client = new ApiClient(engine);
            engine.serve("m");

            assertThat(client.get("/v1/models").body()).contains("\"id\":\"m\"").doesNotContain("old");
            assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "VLLM, vllm:num_requests_running, vllm:num_requests_waiting",
        "SGLANG, sglang:num_running_reqs, sglang:num_queue_reqs",
        "LMDEPLOY, lmdeploy:num_requests_running, lmdeploy:num_requests_waiting"
    })
    void metrics_whileOneRequestRuns_countIt(EngineKind kind, String running, String waiting) throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(kind).model("m").start();
                RawClient hanging = new RawClient(engine)) {
            engine.inject(Fault.hangBeforeHeaders());
            hanging.send(RawClient.post(CHAT, chat("")));
            engine.awaitRequests(1, SOON);

            assertThat(new ApiClient(engine).get("/metrics").body())
                    .contains(running + "{model_name=\"m\",engine=\"0\"} 1.0\n")
                    .contains(waiting + "{model_name=\"m\",engine=\"0\"} 0.0\n");
        }
    }

    @Test
    void terminate_allowed_answersAndStopsListening() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.LMDEPLOY)
                        .allowTerminate()
                        .start();
                RawClient client = new RawClient(engine)) {
            assertThat(client.send(RawClient.get("/terminate")).readToEnd()).startsWith("HTTP/1.1 200 OK");
            assertThat(engine.listening()).isFalse();
        }
    }

    @Test
    void terminate_notAllowed_is400() throws Exception {
        try (SimulatedEngine engine =
                SimulatedEngine.builder(EngineKind.LMDEPLOY).start()) {
            HttpResponse<String> response = new ApiClient(engine).get("/terminate");

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("\"object\":\"error\"");
            assertThat(engine.listening()).isTrue();
        }
    }

    @Test
    void versionAndServerInfo_areOfTheirKind() throws Exception {
        try (SimulatedEngine vllm = SimulatedEngine.builder(EngineKind.VLLM).start();
                SimulatedEngine sglang =
                        SimulatedEngine.builder(EngineKind.SGLANG).model("m").start()) {
            assertThat(new ApiClient(vllm).get("/version").body()).startsWith("{\"version\":");
            assertThat(new ApiClient(sglang).get("/server_info").body()).contains("\"served_model_name\":\"m\"");
            assertThat(new ApiClient(sglang).get("/version").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void serverInfo_ofEachRole_saysHowToReachIt() throws Exception {
        try (SimulatedEngine hybrid = TwoLegs.engine().start();
                SimulatedEngine prefill =
                        TwoLegs.engine().prefill().dataParallelSize(4).start();
                SimulatedEngine decode =
                        TwoLegs.engine().decode().bootstrapPort(9998).start()) {
            assertThat(new ApiClient(hybrid).get("/server_info").body())
                    .startsWith("{\"model_path\":\"m\",\"served_model_name\":\"m\",\"tp_size\":1,\"dp_size\":1,")
                    .contains(
                            "\"disaggregation_mode\":\"null\",\"disaggregation_bootstrap_port\":8998,",
                            "\"version\":\"");
            assertThat(new ApiClient(prefill).get("/get_server_info").body())
                    .contains("\"dp_size\":4,\"disaggregation_mode\":\"prefill\",")
                    .contains("\"disaggregation_bootstrap_port\":" + prefill.bootstrapPort() + ",");
            assertThat(new ApiClient(decode).get("/server_info").body())
                    .contains("\"disaggregation_mode\":\"decode\",\"disaggregation_bootstrap_port\":9998,");
        }
    }

    @Test
    void serverInfo_ofAnOlderEngine_is404() throws Exception {
        try (SimulatedEngine old = TwoLegs.engine().withoutServerInfo().start()) {
            assertThat(new ApiClient(old).get("/server_info").statusCode()).isEqualTo(404);
            assertThat(new ApiClient(old).get("/get_server_info").statusCode()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /v1/embeddings | {"model":"m","input":["a","b"]}          | "index":1,"embedding":[0.25,
                    /pooling       | {"model":"m","input":"a"}                | "object":"pooling","index":0
                    /classify      | {"model":"m","input":"a"}                | "label":"LABEL_0"
                    /score         | {"model":"m","text_1":"a","text_2":["b","c"]} | "index":1,"score":0.5
                    /rerank        | {"query":"q","documents":["a","b"]}      | {"index":1,"relevance_score":0.5}
                    /v1/rerank     | {"query":"q","documents":["a","b"]}      | {"index":0,"relevance_score":1.0}
                    /tokenize      | {"model":"m","prompt":"a b"}             | "count":2,
                    /detokenize    | {"tokens":[5,6]}                         | {"prompt":" token0 token1"}
                    """)
    void otherRoutes_answerInShape(String path, String body, String expected) throws Exception {
        try (SimulatedEngine engine =
                SimulatedEngine.builder(EngineKind.VLLM).model("m").start()) {
            HttpResponse<String> response = new ApiClient(engine).post(path, body);

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).contains(expected);
            assertThat(new ApiClient(engine).post(path, "{\"model\":\"x\"}").statusCode())
                    .isEqualTo(404);
        }
    }
}
