package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Responses API over engines that each know their own responses only. */
class ResponsesRoutesTest {
    private static final int CHAINS = 20;
    private static final int TURNS = 4;
    private static final Pattern ID = Pattern.compile("\"id\":\"(resp_[^\"]+)\"");

    private final List<SimulatedEngine> engines = IntStream.range(0, 4)
            .mapToObj(number -> SimulatedEngine.start(EngineKind.VLLM, "demo"))
            .toList();

    @AfterEach
    void stop() {
        engines.forEach(SimulatedEngine::close);
    }

    private Gateway gateway(String... arguments) throws Exception {
        Gateway gateway = Gateway.start(arguments);
        engines.forEach(engine ->
                gateway.router.nodes().add(NodeSpec.of("vllm", engine.url()).withModels("demo")));
        return gateway;
    }

    private static String id(HttpResponse<String> response) {
        Matcher id = ID.matcher(response.body());
        assertThat(id.find()).as(response.body()).isTrue();
        return id.group(1);
    }

    private static HttpResponse<String> turn(Gateway gateway, String previous, boolean stream) throws Exception {
        String link = previous.isEmpty() ? "" : ",\"previous_response_id\":\"" + previous + "\"";
        return gateway.post(
                "/v1/responses", "{\"model\":\"demo\",\"input\":\"Hello\",\"stream\":" + stream + link + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "round_robin",
                "random",
                "consistent_hash",
                "min_expected_latency",
                "min_observed_latency",
                "prefix_cache"
            })
    void chains_anyStrategy_stayOnTheirNodes(String strategy) throws Exception {
        try (Gateway gateway = gateway("--routing_strategy", strategy)) {
            List<String> last = new ArrayList<>();
            IntStream.range(0, CHAINS).forEach(chain -> last.add(""));
            for (int number = 1; number <= TURNS; number++) {
                for (int chain = 0; chain < CHAINS; chain++) {
                    HttpResponse<String> response = turn(gateway, last.get(chain), chain % 2 == 0);

                    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                    assertThat(response.body()).contains("turn " + number);
                    last.set(chain, id(response));
                }
            }
            for (String id : last) {
                assertThat(gateway.get("/v1/responses/" + id).body()).contains("turn " + TURNS);
            }
        }
    }

    @Test
    void storedResponse_cancelledAndDeleted_isGone() throws Exception {
        try (Gateway gateway = gateway()) {
            String id = id(turn(gateway, "", false));

            assertThat(gateway.post("/v1/responses/" + id + "/cancel", "").body())
                    .contains("cancelled");
            assertThat(gateway.send("DELETE", "/v1/responses/" + id, "").body()).contains("\"deleted\":true");

            HttpResponse<String> missing = gateway.get("/v1/responses/" + id);
            assertThat(missing.statusCode()).isEqualTo(404);
            assertThat(missing.headers().firstValue("x-dlrouter-error")).hasValue("response_not_found");
            assertThat(Gateway.error(missing, "type")).isEqualTo("invalid_request_error");
            assertThat(Gateway.error(missing, "param")).isEqualTo("response_id");
        }
    }

    @Test
    void followUp_engineHasRestarted_isTheEnginesNotFound() throws Exception {
        try (Gateway gateway = gateway()) {
            String id = id(turn(gateway, "", false));
            engines.forEach(SimulatedEngine::stop);
            engines.forEach(SimulatedEngine::restart);

            HttpResponse<String> response = turn(gateway, id, false);

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.headers().firstValue("x-dlrouter-error")).isEmpty();
            assertThat(Gateway.error(response, "message")).isEqualTo("Response with id '" + id + "' not found.");
        }
    }

    @Test
    void followUp_nodeWasRemoved_isNotFoundByName() throws Exception {
        try (Gateway gateway = gateway()) {
            String id = id(turn(gateway, "", false));
            for (SimulatedEngine engine : engines) {
                gateway.post("/nodes/remove", "{\"url\":\"" + engine.url() + "\"}");
            }

            HttpResponse<String> response = turn(gateway, id, false);

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(Gateway.error(response, "message")).contains(id, "has left the fleet");
            assertThat(Gateway.error(response, "param")).isEqualTo("previous_response_id");
        }
    }

    @Test
    void responseTable_isFull_theLeastRecentlyUsedIsNotFound() throws Exception {
        try (Gateway gateway = gateway("--response_table_size", "1", "--response_table_ttl", "1h")) {
            String first = id(turn(gateway, "", false));
            String second = id(turn(gateway, "", true));

            assertThat(turn(gateway, first, false).statusCode()).isEqualTo(404);
            assertThat(turn(gateway, second, false).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void keys_missing_storedResponsesAreClosed() throws Exception {
        try (Gateway gateway = gateway("--api_keys", "k")) {
            for (String method : List.of("GET", "DELETE")) {
                assertThat(gateway.send(method, "/v1/responses/resp_1", "").statusCode())
                        .isEqualTo(401);
            }
            assertThat(gateway.get("/v1/responses/resp_1", "Authorization", "Bearer k")
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void status_afterAllChains_countsNothing() throws Exception {
        try (Gateway gateway = gateway()) {
            String id = id(turn(gateway, "", true));
            gateway.get("/v1/responses/" + id);

            for (Map<String, Object> node : gateway.nodes().values()) {
                assertThat(node.get("unfinished")).isEqualTo(0.0);
            }
        }
    }
}
