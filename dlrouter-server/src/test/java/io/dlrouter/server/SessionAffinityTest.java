package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions stay where their caches are, with no state that gateways would have to share. */
class SessionAffinityTest {
    private static final String ROUTE = "/v1/chat/completions";
    private static final String FIRST_TURN =
            "{\"role\":\"system\",\"content\":\"Be brief\"}," + "{\"role\":\"user\",\"content\":\"Tell me of it\"}";

    private final List<SimulatedEngine> engines = Stream.generate(() -> SimulatedEngine.builder(EngineKind.VLLM)
                    .model("demo")
                    .tokens(1)
                    .start())
            .limit(4)
            .toList();

    @AfterEach
    void stop() {
        engines.forEach(SimulatedEngine::close);
    }

    @Test
    void turns_ofOneChat_stayOnOneNode() throws Exception {
        try (Gateway gateway = gateway(engines)) {
            String messages = FIRST_TURN;
            Set<String> nodes = new HashSet<>();
            for (int turn = 0; turn < 8; turn++) {
                nodes.add(nodeOf(gateway, messages));
                messages += ",{\"role\":\"assistant\",\"content\":\"" + turn + "\"},"
                        + "{\"role\":\"user\",\"content\":\"More\"}";
            }

            assertThat(nodes).hasSize(1);
        }
    }

    @Test
    void sessions_ofSimilarNames_areSpreadAndTwoGatewaysAgree() throws Exception {
        List<SimulatedEngine> otherOrder = new ArrayList<>(engines);
        Collections.reverse(otherOrder);
        try (Gateway one = gateway(engines);
                Gateway another = gateway(otherOrder)) {
            Set<String> nodes = new HashSet<>();
            for (int i = 0; i < 40; i++) {
                String node = nodeOf(one, FIRST_TURN, "x-session-id", "s" + i);
                assertThat(nodeOf(another, FIRST_TURN, "x-session-id", "s" + i)).isEqualTo(node);
                nodes.add(node);
            }

            assertThat(nodes).hasSize(4);
        }
    }

    private static Gateway gateway(List<SimulatedEngine> engines) throws Exception {
        Gateway gateway = Gateway.start(
                "--node_urls",
                PrefillDecodeFleet.urls(engines),
                "--routing_strategy",
                "consistent_hash",
                "--node_header");
        Await.until(() -> gateway.router.nodes().all().stream()
                .noneMatch(node -> node.models().isEmpty()));
        return gateway;
    }

    private static String nodeOf(Gateway gateway, String messages, String... headers) throws Exception {
        return gateway.post(ROUTE, "{\"model\":\"demo\",\"messages\":[" + messages + "]}", headers)
                .headers()
                .firstValue("x-dlrouter-node")
                .orElseThrow();
    }
}
