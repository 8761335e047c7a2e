package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Health;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StatusRoutesTest {

    @Test
    void health_noNode_isOk() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            HttpResponse<String> health = gateway.get("/health");

            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.body()).isEqualTo("{\"status\":\"ok\"}");
            assertThat(health.headers().firstValue("content-type")).hasValue("application/json");
        }
    }

    @Test
    void ready_noNode_is503WithReason() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            HttpResponse<String> ready = gateway.get("/ready");

            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.headers().firstValue("x-dlrouter-error")).hasValue("no_node_available");
            assertThat(ready.headers().firstValue("retry-after")).hasValue("1");
            assertThat(Gateway.error(ready, "message")).isNotBlank();
            assertThat(gateway.send("HEAD", "/ready", "").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void ready_nodeServes_is200() throws Exception {
        try (SimulatedEngine engine =
                        SimulatedEngine.builder(EngineKind.VLLM).model("m").start();
                Gateway gateway = Gateway.start()) {
            gateway.post("/nodes/add", "{\"url\":\"" + engine.url() + "\"}");

            assertThat(gateway.get("/ready").statusCode()).isEqualTo(200);
            assertThat(gateway.send("HEAD", "/ready", "").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void ready_shuttingDown_is503() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            gateway.server.markUnready();

            HttpResponse<String> ready = gateway.get("/ready");

            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(Gateway.error(ready, "code")).isEqualTo("shutting_down");
            assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void models_twoNodesOfOneModel_areOneCardAsTheFirstSentIt() throws Exception {
        try (SimulatedEngine first = SimulatedEngine.builder(EngineKind.VLLM)
                        .model("m")
                        .maxModelLen(1234)
                        .start();
                SimulatedEngine second =
                        SimulatedEngine.builder(EngineKind.VLLM).model("m").start();
                Gateway gateway = Gateway.start()) {
            gateway.post("/nodes/add", "{\"url\":\"" + first.url() + "\"}");
            gateway.post("/nodes/add", "{\"url\":\"" + second.url() + "\"}");

            HttpResponse<String> models = gateway.get("/v1/models");

            assertThat(models.body())
                    .matches("\\{\"object\":\"list\",\"data\":\\[\\{\"id\":\"m\",\"object\":\"model\",\"created\":\\d+,"
                            + "\"owned_by\":\"vllm\",\"root\":\"m\",\"parent\":null,\"max_model_len\":1234,"
                            + "\"permission\":\\[\\]}]}");
        }
    }

    @Test
    void models_nodeReturnedOnlyTheName_isOwnedByTheRouter() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            gateway.post("/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"a\"]}}");

            assertThat(gateway.get("/v1/models").body())
                    .matches("\\{\"object\":\"list\",\"data\":\\[\\{\"id\":\"a\",\"object\":\"model\","
                            + "\"created\":\\d{10},\"owned_by\":\"dlrouter\"}]}");
        }
    }

    @Test
    void models_nodeEjected_isEmpty() throws Exception {
        try (SimulatedEngine engine =
                        SimulatedEngine.builder(EngineKind.VLLM).model("m").start();
                Gateway gateway = Gateway.start(
                        "--health_check_interval", "50ms",
                        "--health_check_max_failures", "1",
                        "--node_urls", engine.url())) {
            Await.until(() -> gateway.get("/v1/models").body().contains("\"m\""));

            engine.health(Health.UNHEALTHY);

            Await.until(() -> !gateway.get("/v1/models").body().contains("\"m\""));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /nope,                  404, not_found,          ''",
        "POST,   /distserve/p2p_connect, 404, not_found,          ''",
        "POST,   /terminate,             404, not_found,          ''",
        "POST,   /v1/load_lora_adapter,  404, not_found,          ''",
        "GET,    /v1/chat/completions,   405, method_not_allowed, POST",
        "DELETE, //v1//completions,      405, method_not_allowed, POST",
        "POST,   /health,                405, method_not_allowed, 'GET, HEAD'",
        "POST,   /v1/models,             405, method_not_allowed, 'GET, HEAD'",
        "GET,    /nodes/add,             405, method_not_allowed, POST",
        "DELETE, /nodes/terminate_all,   405, method_not_allowed, 'GET, POST'",
        "GET,    /nodes/%2e%2e/health,   400, invalid_request,    ''",
        "GET,    /nodes%2Fstatus,        400, invalid_request,    ''",
    })
    void route_unknownOrWrongMethod_isRejectedInOpenAisShape(
            String method, String path, int status, String code, String allow) throws Exception {
        try (Gateway gateway = Gateway.start()) {
            HttpResponse<String> response = gateway.send(method, path, "");

            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(response.headers().firstValue("x-dlrouter-error")).hasValue(code);
            assertThat(response.headers().firstValue("allow").orElse("")).isEqualTo(allow);
            assertThat(Gateway.error(response, "type")).isEqualTo("invalid_request_error");
            assertThat(Gateway.error(response, "code")).isEqualTo(code);
        }
    }

    @Test
    void body_tooLarge_is413() throws Exception {
        try (Gateway gateway = Gateway.start("--max_body_size", "1KiB")) {
            HttpResponse<String> response = gateway.post("/nodes/add", " ".repeat(1025));

            assertThat(response.statusCode()).isEqualTo(413);
            assertThat(Gateway.error(response, "code")).isEqualTo("request_too_large");
            assertThat(Gateway.error(response, "message")).contains("1024");
        }
    }

    @Test
    void response_clientAcceptsGzip_isNotCompressed() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            gateway.post(
                    "/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"" + "a".repeat(4000) + "\"]}}");

            HttpResponse<String> response = gateway.get("/v1/models", "Accept-Encoding", "gzip");

            assertThat(response.headers().firstValue("content-encoding")).isEmpty();
            assertThat(response.body()).contains("aaaa");
        }
    }
}
