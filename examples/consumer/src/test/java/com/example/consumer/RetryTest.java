package com.example.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetryTest {
    @Test
    void route_oneOfTwoEnginesResets_isServedByTheOther() throws IOException {
        try (SimulatedEngine first = SimulatedEngine.start(EngineKind.VLLM, "demo");
                SimulatedEngine second = SimulatedEngine.start(EngineKind.VLLM, "demo")) {
            first.inject(Fault.resetBeforeHeaders().onPath("/v1/chat/completions"));
            Map<String, String> options = Map.of("backend", "vllm", "node_urls", first.url() + "," + second.url());
            byte[] body = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}".getBytes(UTF_8);

            try (Router router = RouterBuilder.from(options).build();
                    InferenceResponse response = router.route(InferenceRequest.post("/v1/chat/completions", body))) {
                assertThat(response.status()).isEqualTo(200);
            }
            assertThat(second.requests("/v1/chat/completions")).hasSize(1);
            assertThat(first.violations()).isEmpty();
            assertThat(second.violations()).isEmpty();
        }
    }
}
