package io.dlrouter.example.strategy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.InferenceRequest;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The strategy in a router that finds it on the class path. Its nodes are only leased, so there need be none. */
class ZoneFirstTest {
    private static final InferenceRequest CHAT =
            InferenceRequest.post("/v1/chat/completions", "{\"model\":\"m\"}".getBytes(UTF_8));

    @Test
    void lease_nearNodeIsLittleBusier_staysInTheZone() {
        try (Router router = router()) {
            assertThat(leased(router, 3)).containsExactly("127.0.0.1", "127.0.0.1", "127.0.0.1");
        }
    }

    @Test
    void lease_nearNodeIsMuchBusier_leavesTheZone() {
        try (Router router = router()) {
            assertThat(leased(router, 5))
                    .containsExactly("127.0.0.1", "127.0.0.1", "127.0.0.1", "localhost", "127.0.0.1");
        }
    }

    @Test
    void create_badPenalty_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ZoneFirst.Provider().create(Map.of("zone_penalty", "far")))
                .withMessage("zone_penalty: far (expected: a number of requests, 0 to 999999)");
    }

    /** The hosts of the nodes that are given when no request ends. */
    private static List<String> leased(Router router, int requests) {
        return IntStream.range(0, requests)
                .mapToObj(i -> router.lease(CHAT))
                .map(lease -> lease.node().address().url().getHost())
                .toList();
    }

    private static Router router() {
        return RouterBuilder.from(Map.of(
                        "backend", "vllm",
                        "routing_strategy", "zone_first",
                        "option.zone_hosts", "127.,10.",
                        "option.zone_penalty", "3"))
                .node(node("http://localhost:9"))
                .node(node("http://127.0.0.1:9"))
                .build();
    }

    private static NodeSpec node(String url) {
        return NodeSpec.of("vllm", url).withModels("m");
    }
}
