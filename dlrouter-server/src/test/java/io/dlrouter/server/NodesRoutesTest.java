package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Health;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NodesRoutesTest {
    private final SimulatedEngine engine =
            SimulatedEngine.builder(EngineKind.VLLM).model("m").start();
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = Gateway.start();
    }

    @AfterEach
    void stop() {
        gateway.close();
        engine.close();
    }

    @Test
    void add_engineResponds_listsItWithItsModels() throws Exception {
        HttpResponse<String> added = gateway.post("/nodes/add", url(engine.url()));

        assertThat(added.statusCode()).isEqualTo(200);
        assertThat(added.body()).isEqualTo("{\"message\": \"Added successfully.\"}");
        assertThat(gateway.get("/nodes/status").body())
                .isEqualTo("{\"" + engine.url() + "\":{\"role\":1,\"models\":[\"m\"],\"unfinished\":0,\"latency\":[],"
                        + "\"speed\":null,\"zmq_address\":null,\"bootstrap_port\":null,\"dp_size\":null,\"max_in_flight\":null,"
                        + "\"state\":\"ready\",\"reason\":null,\"backend\":\"vllm\",\"handovers_missed\":0}}");
    }

    @Test
    void add_withStatus_takesRoleModelsSpeedAndZmqAddress() throws Exception {
        gateway.post("/nodes/add", """
                {"url": "http://127.0.0.1:9/", "later": {"x": [1]}, "status": {"role": 2, "models": ["a", "b"],
                 "speed": 2.5, "zmq_address": "10.0.0.1:5", "unfinished": 7, "latency": [1.0]}}""");

        assertThat(gateway.nodes().get("http://127.0.0.1:9"))
                .containsEntry("role", 2.0)
                .containsEntry("models", List.of("a", "b"))
                .containsEntry("unfinished", 0.0)
                .containsEntry("latency", List.of())
                .containsEntry("speed", 2.5)
                .containsEntry("zmq_address", "10.0.0.1:5");
    }

    @Test
    void add_withLimit_showsIt() throws Exception {
        gateway.post("/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"a\"],\"max_in_flight\":64}}");

        assertThat(gateway.nodes().get("http://n:1")).containsEntry("max_in_flight", 64.0);
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "1.5", "'\"x\"'"})
    void add_invalidLimit_isRejected(String limit) throws Exception {
        HttpResponse<String> response = gateway.post(
                "/nodes/add",
                "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"a\"],\"max_in_flight\":" + limit + "}}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(response, "param")).isEqualTo("status.max_in_flight");
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,3", "'\"prefill\"',2", "'\"Decode\"',3", "null,1"})
    void add_roleAsNumberOrName_isTheSame(String role, double number) throws Exception {
        gateway.post("/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"role\":" + role + ",\"models\":[\"a\"]}}");

        assertThat(gateway.nodes().get("http://n:1")).containsEntry("role", number);
    }

    @Test
    void add_asLmdeployDoes_isAccepted() throws Exception {
        HttpResponse<String> added = gateway.post(
                "//nodes/add",
                "{\"url\":\"http://0.0.0.0:23333\",\"status\":{\"models\":[\"m\",\"adapter\"],\"role\":1}}",
                "accept",
                "application/json",
                "content-type",
                "application/json");

        assertThat(added.statusCode()).isEqualTo(200);
        assertThat(gateway.nodes()).containsOnlyKeys("http://127.0.0.1:23333");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://0.0.0.0:7@2", "http://[::]:7@2"})
    void add_hostIsAnyAddress_isWhereTheCallCameFrom(String url) throws Exception {
        gateway.post("/nodes/add", "{\"url\":\"" + url + "\",\"status\":{\"models\":[\"m\"]}}");

        assertThat(gateway.nodes()).containsOnlyKeys("http://127.0.0.1:7@2");
    }

    @Test
    void add_hostIsAnyAddressButCallWasForwarded_staysAsGiven() throws Exception {
        gateway.post(
                "/nodes/add",
                "{\"url\":\"http://0.0.0.0:7\",\"status\":{\"models\":[\"m\"]}}",
                "X-Forwarded-For",
                "10.1.1.1");

        assertThat(gateway.nodes()).containsOnlyKeys("http://0.0.0.0:7");
    }

    @Test
    void add_nobodyListensThere_isStarting() throws Exception {
        engine.stop();

        assertThat(gateway.post("/nodes/add", url(engine.url())).statusCode()).isEqualTo(200);
        assertThat(gateway.nodes().get(engine.url())).containsEntry("state", "starting");
    }

    @Test
    void add_backendNamed_isOfThatBackend() throws Exception {
        try (Gateway two = Gateway.start("--backend", "vllm,sglang")) {
            two.post("/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"a\"]},\"backend\":\"sglang\"}");
            two.post("/nodes/add", "{\"url\":\"http://n:2\",\"status\":{\"models\":[\"a\"]}}");

            assertThat(two.nodes().get("http://n:1")).containsEntry("backend", "sglang");
            assertThat(two.nodes().get("http://n:2")).containsEntry("backend", "vllm");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "{                                                     | null          | body: not a JSON object",
                "null                                                  | null          | body: not a JSON object",
                "[]                                                    | null          | Expected BEGIN_OBJECT but was",
                "{}                                                    | url           | url: missing",
                "{\"url\": null}                                       | url           | url: missing",
                "{\"url\": {}}                                         | url           | Expected a string but was",
                "{\"url\": \"ftp://n\"}                                | url           | url: ftp://n (expected: http://",
                "{\"url\": \"http://n:1/v1\"}                          | url           | url: http://n:1/v1 (expected: the base URL http://n:1, without /v1",
                "{\"url\": \"http://u:p@n:1\"}                         | url           | url: http://u:p@n:1 (expected:",
                "{\"url\": \"http://n\", \"status\": []}               | status        | Expected BEGIN_OBJECT",
                "{\"url\": \"http://n\", \"status\": {\"role\": 4}}    | status.role   | role: 4 (expected: 1 or hybrid",
                "{\"url\": \"http://n\", \"status\": {\"role\": \"x\"}} | status.role  | role: x (expected: 1 or hybrid",
                "{\"url\": \"http://n\", \"status\": {\"models\": 1}}  | status.models | Expected BEGIN_ARRAY",
                "{\"url\": \"http://n\", \"status\": {\"models\": [null]}} | status.models | models: [null] (expected:",
                "{\"url\": \"http://n\", \"status\": {\"models\": [\"\"]}} | status.models | models: [] (expected: names",
                "{\"url\": \"http://n\", \"status\": {\"speed\": -1}}  | status.speed  | speed: -1.0 (expected:",
                "{\"url\": \"http://n\", \"status\": {\"zmq_address\": \"a b\"}} | status.zmq_address | zmq_address: a b (expected:",
                "{\"url\": \"http://n\", \"status\": {\"speed\": \"x\"}} | status.speed | Expected a double",
                "{\"url\": \"http://n\", \"backend\": \"x\"}           | backend       | backend: x (expected: one of vllm",
            })
    void add_badBody_isRejectedNamingTheMember(String body, String member, String message) throws Exception {
        HttpResponse<String> rejected = gateway.post("/nodes/add", body);

        assertThat(rejected.statusCode()).isEqualTo(400);
        assertThat(rejected.headers().firstValue("x-dlrouter-error")).hasValue("invalid_request");
        assertThat(Gateway.error(rejected, "param")).isEqualTo(member);
        assertThat(Gateway.error(rejected, "message")).startsWith(message);
        assertThat(gateway.nodes()).isEmpty();
    }

    @Test
    void remove_knownNode_isRemoved() throws Exception {
        gateway.post("/nodes/add", url(engine.url()));

        assertThat(gateway.post("/nodes/remove", url(engine.url() + "/")).body())
                .isEqualTo("{\"message\": \"Removed successfully.\"}");
        assertThat(gateway.nodes()).isEmpty();
    }

    @Test
    void add_otherSpellingOfANode_renewsIt() throws Exception {
        gateway.post("/nodes/add", "{\"url\":\"http://LocalHost:80/\",\"status\":{\"models\":[\"a\"]}}");
        gateway.post("/nodes/add", "{\"url\":\"http://localhost\",\"status\":{\"models\":[\"b\"]}}");

        assertThat(gateway.nodes()).containsOnlyKeys("http://localhost");
        assertThat(gateway.nodes().get("http://localhost")).containsEntry("models", List.of("b"));
        assertThat(gateway.post("/nodes/remove", url("HTTP://LOCALHOST:80")).statusCode())
                .isEqualTo(200);
        assertThat(gateway.nodes()).isEmpty();
    }

    @Test
    void remove_urlAsParameter_isAccepted() throws Exception {
        gateway.post("/nodes/add?node_url=" + engine.url(), "");
        assertThat(gateway.nodes()).containsOnlyKeys(engine.url());

        assertThat(gateway.post("/nodes/remove?node_url=" + engine.url(), "").statusCode())
                .isEqualTo(200);
        assertThat(gateway.nodes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nodes/remove", "/nodes/drain", "/nodes/terminate"})
    void change_unknownNode_is404(String path) throws Exception {
        HttpResponse<String> response = gateway.post(path, url("http://nowhere:1"));

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(Gateway.error(response, "code")).isEqualTo("node_not_found");
        assertThat(Gateway.error(response, "message")).contains("http://nowhere:1");
    }

    @Test
    void drain_idleNode_isRemoved() throws Exception {
        gateway.post("/nodes/add", url(engine.url()));

        assertThat(gateway.post("/nodes/drain", url(engine.url())).statusCode()).isEqualTo(200);
        assertThat(gateway.nodes()).isEmpty();
    }

    @Test
    void terminate_engineRefuses_is502AndItStays() throws Exception {
        gateway.post("/nodes/add", url(engine.url()));

        HttpResponse<String> response = gateway.post("/nodes/terminate", url(engine.url()));

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.headers().firstValue("x-dlrouter-error")).hasValue("bad_node_response");
        assertThat(gateway.nodes()).containsOnlyKeys(engine.url());
    }

    @Test
    void terminate_engineEnds_isRemoved() throws Exception {
        try (SimulatedEngine lmdeploy = SimulatedEngine.builder(EngineKind.LMDEPLOY)
                        .model("m")
                        .allowTerminate()
                        .start();
                Gateway own = Gateway.start("--backend", "lmdeploy")) {
            own.post("/nodes/add", url(lmdeploy.url()));

            assertThat(own.post("/nodes/terminate", url(lmdeploy.url())).body())
                    .isEqualTo("{\"message\": \"Terminated successfully.\"}");
            assertThat(own.nodes()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void terminateAll_oneRefuses_endsTheOthersAndNamesIt(String method) throws Exception {
        try (SimulatedEngine lmdeploy = SimulatedEngine.builder(EngineKind.LMDEPLOY)
                        .model("m")
                        .allowTerminate()
                        .start();
                Gateway two = Gateway.start("--backend", "vllm,lmdeploy")) {
            two.post("/nodes/add", url(engine.url()));
            two.post("/nodes/add", "{\"url\":\"" + lmdeploy.url() + "\",\"backend\":\"lmdeploy\"}");

            HttpResponse<String> response = two.send(method, "/nodes/terminate_all", "");

            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(Gateway.error(response, "message")).contains(engine.url());
            assertThat(two.nodes()).containsOnlyKeys(engine.url());
        }
    }

    @Test
    void terminateAll_noNodes_succeeds() throws Exception {
        assertThat(gateway.get("/nodes/terminate_all").body()).isEqualTo("{\"message\": \"All nodes terminated.\"}");
    }

    @Test
    void status_ejectedNode_onlyInAll() throws Exception {
        try (Gateway hasty = Gateway.start("--health_check_interval", "50ms", "--health_check_max_failures", "1")) {
            hasty.post("/nodes/add", url(engine.url()));
            engine.health(Health.UNHEALTHY);
            Await.until(() -> hasty.nodes().isEmpty());

            assertThat(hasty.get("/nodes/status?all=true").body()).contains("\"state\":\"ejected\"");
        }
    }

    @Test
    void add_nodeTable_isReadAgain(@TempDir Path folder) throws Exception {
        String file = folder.resolve("deep/nodes.json").toString();
        try (Gateway first = Gateway.start("--config_path", file, "--disable_cache_status=false")) {
            first.post("/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"a\"]}}");
            assertThat(Files.exists(Path.of(file))).isTrue();
        }
        try (Gateway second = Gateway.start("--config_path", file, "--disable_cache_status=false")) {
            assertThat(second.nodes()).containsOnlyKeys("http://n:1");
        }
    }

    private static String url(String url) {
        return "{\"url\": \"" + url + "\"}";
    }
}
