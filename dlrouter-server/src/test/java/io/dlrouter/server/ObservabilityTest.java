package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an operator sees of requests that went through a gateway. */
class ObservabilityTest {
    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"secret\"}]}";
    private static final String STREAM = CHAT.replace("{\"model\"", "{\"stream\":true,\"model\"");
    private static final String ROUTE = "/v1/chat/completions";

    /** Slow enough for its events to come one by one. */
    private final SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
            .model("demo")
            .tokens(5)
            .timePerToken(Duration.ofMillis(50))
            .start();

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void requests_areCountedAndTimed() throws Exception {
        try (Gateway gateway = Gateway.start("--node_urls", engine.url())) {
            gateway.post(ROUTE, CHAT);
            gateway.post(ROUTE, STREAM);
            gateway.post(ROUTE, "{\"model\":\"made-up\"}");
            engine.inject(Fault.status(422).times(1));
            gateway.post(ROUTE, CHAT);

            Await.until(() -> metric(gateway, "dlrouter_requests_total{", "status=\"422\"")
                    .endsWith(" 1.0"));
            String node = "node=\"" + engine.url() + "\"";
            assertThat(metric(gateway, "dlrouter_requests_total{", node, "outcome=\"completed\"", "status=\"200\""))
                    .contains("backend=\"vllm\"", "model=\"demo\"", "role=\"hybrid\"")
                    .endsWith(" 2.0");
            assertThat(metric(gateway, "dlrouter_requests_total{", "status=\"404\""))
                    .contains("model=\"none\"");
            assertThat(metric(gateway, "dlrouter_attempts_total{", node, "outcome=\"refused\""))
                    .endsWith(" 1.0");
            assertThat(metric(gateway, "dlrouter_picks_total{", node))
                    .contains("strategy=\"min_expected_latency\"")
                    .endsWith(" 3.0");
            assertThat(metric(gateway, "dlrouter_time_to_first_byte_seconds_count{"))
                    .endsWith(" 3");
            assertThat(metric(gateway, "dlrouter_time_between_chunks_seconds_count{"))
                    .isNotEmpty();
            assertThat(metric(gateway, "dlrouter_node_in_flight{", node)).endsWith(" 0.0");
            assertThat(metric(gateway, "dlrouter_node_state{", node, "state=\"ready\""))
                    .endsWith(" 1.0");
            assertThat(gateway.get("/metrics").body()).doesNotContain("made-up", "secret");
        }
    }

    @Test
    void nodeFails_isRetriedEjectedAndShownWithTheReason() throws Exception {
        SimulatedEngine other =
                SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(5).start();
        try (Gateway gateway =
                Gateway.start("--node_urls", engine.url() + "," + other.url(), "--routing_strategy", "round_robin")) {
            Await.until(() -> gateway.nodes().values().stream().allMatch(node -> "ready".equals(node.get("state"))));
            engine.inject(Fault.resetBeforeHeaders());
            engine.inject(Fault.resetBeforeHeaders().onPath("/health"));
            for (int i = 0; i < 8; i++) {
                assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            }

            assertThat(metric(gateway, "dlrouter_retries_total{"))
                    .contains("role=\"hybrid\"")
                    .endsWith(" 3.0");
            assertThat(metric(gateway, "dlrouter_node_ejections_total{"))
                    .contains(engine.url())
                    .endsWith(" 1.0");
            assertThat(gateway.nodes()).containsOnlyKeys(other.url());
            assertThat(ejected(gateway)).containsEntry("state", "ejected");
            assertThat(String.valueOf(ejected(gateway).get("reason"))).contains("3 requests in a row failed");
        } finally {
            other.close();
        }
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> ejected(Gateway gateway) throws Exception {
        Map<String, Map<String, Object>> all =
                (Map<String, Map<String, Object>>) Gateway.json(gateway.get("/nodes/status?all=true"));
        return all.getOrDefault(engine.url(), Map.of());
    }

    @Test
    void accessLog_ofAProcess_hasALineARequestAndNoPrompt() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(
                "--server_port",
                "0",
                "--disable_cache_status",
                "--backend",
                "vllm",
                "--access_log",
                "json",
                "--node_urls",
                engine.url(),
                "--shutdown_delay",
                "0s")) {
            OpenAIClient client = OpenAIOkHttpClient.builder()
                    .baseUrl(gateway.url() + "/v1")
                    .apiKey("none")
                    .build();
            client.chat()
                    .completions()
                    .create(ChatCompletionCreateParams.builder()
                            .model("demo")
                            .addUserMessage("secret")
                            .build());

            gateway.terminate();
            String line = gateway.output();

            assertThat(line)
                    .contains("\"model\":\"demo\"", "\"status\":200", "\"outcome\":\"completed\"", engine.url())
                    .doesNotContain("secret");
            assertThat(line.lines()).hasSize(1);
            assertThat(gateway.exitStatus()).isIn(List.of(0, 143));
        }
    }

    @Test
    void nodeHeader_requested_namesTheNode() throws Exception {
        try (Gateway gateway = Gateway.start("--node_urls", engine.url(), "--node_header")) {
            HttpResponse<String> response = gateway.post(ROUTE, CHAT);

            assertThat(response.headers().firstValue("x-dlrouter-node")).hasValue(engine.url());
        }
    }

    /** The line of a metric; empty if there is none. */
    private static String metric(Gateway gateway, String name, String... labels) throws Exception {
        return gateway.get("/metrics")
                .body()
                .lines()
                .filter(line ->
                        line.startsWith(name) && List.of(labels).stream().allMatch(line::contains))
                .findFirst()
                .orElse("");
    }
}
