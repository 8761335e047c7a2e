package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.squareup.moshi.Moshi;
import io.dlrouter.NodeState;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Why a node was selected, as the header of a response and the access log say it. */
final class ExplanationTest {
    private static final String ROUTE = "/v1/chat/completions";
    private static final String CHAT =
            "{\"model\":\"m\",\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"" + "word ".repeat(400)
                    + "\"}]}";

    private final List<SimulatedEngine> engines = IntStream.range(0, 2)
            .mapToObj(i -> SimulatedEngine.builder(EngineKind.VLLM)
                    .model("m")
                    .dataParallelSize(60)
                    .start())
            .toList();

    @AfterEach
    void stop() {
        engines.forEach(SimulatedEngine::close);
    }

    @Test
    void explain_requested_returnsTheCandidates() throws Exception {
        try (Gateway gateway = gateway("--routing_strategy", "prefix_cache")) {
            Map<?, ?> cold = decision(gateway.post(ROUTE, CHAT, "x-dlrouter-explain", "1"));
            Map<?, ?> warm = decision(gateway.post(ROUTE, CHAT, "x-dlrouter-explain", "1"));

            assertThat(cold.get("strategy")).isEqualTo("prefix_cache");
            assertThat(candidates(cold))
                    .hasSize(2)
                    .allSatisfy(candidate ->
                            assertThat(candidate.get("matched_tokens")).isEqualTo(0.0));
            assertThat(warm.get("choice")).isEqualTo(cold.get("choice"));
            assertThat(candidates(warm)).first().satisfies(chosen -> {
                assertThat(chosen.get("node")).isEqualTo(warm.get("choice"));
                assertThat(chosen.get("matched_tokens"))
                        .isInstanceOfSatisfying(
                                Double.class, matched -> assertThat(matched).isPositive());
            });
        }
    }

    @Test
    void explain_notRequested_isAbsent() throws Exception {
        try (Gateway gateway = gateway("--routing_strategy", "prefix_cache", "--log_decisions")) {
            HttpResponse<String> response = gateway.post(ROUTE, CHAT);

            assertThat(response.headers().firstValue("x-dlrouter-decision")).isEmpty();
        }
    }

    @Test
    void explain_requested_isNotSentToTheNode() throws Exception {
        try (Gateway gateway = gateway()) {
            gateway.post(ROUTE, CHAT, "x-dlrouter-explain", "1");

            assertThat(engines.stream().flatMap(engine -> engine.requests(ROUTE).stream()))
                    .singleElement()
                    .satisfies(request ->
                            assertThat(request.header("x-dlrouter-explain")).isEmpty());
        }
    }

    @Test
    void explain_manyNodes_isCutToFit() throws Exception {
        String[] many = IntStream.range(0, 60)
                .mapToObj(i -> engines.get(0).url() + "@" + i)
                .toArray(String[]::new);
        try (Gateway gateway = Gateway.start(
                "--backend",
                "vllm",
                "--routing_strategy",
                "min_expected_latency",
                "--node_urls",
                String.join(",", many))) {
            Await.until(() -> gateway.get("/ready").statusCode() == 200);
            HttpResponse<String> response = gateway.post(ROUTE, CHAT, "x-dlrouter-explain", "1");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(header(response)).hasSizeLessThan(2001);
            Map<?, ?> decision = decision(response);
            assertThat(decision.get("omitted"))
                    .isEqualTo(60.0 - candidates(decision).size());
        }
    }

    @Test
    void explain_keys_needsAnAdminKeyThatNoNodeSees() throws Exception {
        try (Gateway gateway = gateway("--api_keys", "user", "--admin_api_keys", "admin")) {
            HttpResponse<String> users =
                    gateway.post(ROUTE, CHAT, "x-dlrouter-explain", "1", "Authorization", "Bearer user");
            HttpResponse<String> admins =
                    gateway.post(ROUTE, CHAT, "x-dlrouter-explain", "1", "Authorization", "Bearer admin");

            assertThat(users.statusCode()).isEqualTo(401);
            assertThat(users.body()).contains("x-dlrouter-explain: 1 without an admin key");
            assertThat(admins.statusCode()).isEqualTo(200);
            assertThat(admins.headers().firstValue("x-dlrouter-decision")).isPresent();
        }
    }

    @Test
    void explain_onlyAdminKeys_areNotSentToTheNode() throws Exception {
        try (Gateway gateway = gateway("--admin_api_keys", "admin")) {
            gateway.post(ROUTE, CHAT, "x-dlrouter-explain", "1", "Authorization", "Bearer admin");

            assertThat(engines.stream().flatMap(engine -> engine.requests(ROUTE).stream()))
                    .singleElement()
                    .satisfies(request ->
                            assertThat(request.header("authorization")).isEmpty());
        }
    }

    private Gateway gateway(String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--backend", "vllm", "--node_urls"));
        arguments.add(engines.get(0).url() + "," + engines.get(1).url());
        arguments.addAll(List.of(more));
        Gateway gateway = Gateway.start(arguments.toArray(String[]::new));
        Await.until(() -> gateway.router.nodes().all().stream().allMatch(node -> node.state() == NodeState.READY));
        return gateway;
    }

    private static String header(HttpResponse<String> response) {
        return response.headers().firstValue("x-dlrouter-decision").orElseThrow();
    }

    private static Map<?, ?> decision(HttpResponse<String> response) throws Exception {
        return (Map<?, ?>) Objects.requireNonNull(
                new Moshi.Builder().build().adapter(Object.class).fromJson(header(response)));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> candidates(Map<?, ?> decision) {
        return (List<Map<String, Object>>) Objects.requireNonNull(decision.get("candidates"));
    }
}
