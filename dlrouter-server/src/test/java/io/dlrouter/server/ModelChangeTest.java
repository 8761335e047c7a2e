package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import org.junit.jupiter.api.Test;

/** Engines that come to serve other models than they reported at first. */
class ModelChangeTest {
    private static final String ROUTE = "/v1/completions";

    @Test
    void request_engineRestartedWithAnotherModel_findsIt() throws Exception {
        SimulatedEngine before = engine(0, "old");
        try (Gateway gateway = Gateway.start("--node_urls", before.url())) {
            assertThat(gateway.post(ROUTE, body("old")).statusCode()).isEqualTo(200);
            before.close();

            try (SimulatedEngine after = engine(before.port(), "new")) {
                assertThat(gateway.post(ROUTE, body("new")).statusCode()).isEqualTo(200);
                assertThat(gateway.get("/v1/models").body()).contains("\"new\"").doesNotContain("\"old\"");
                assertThat(gateway.post(ROUTE, body("old")).statusCode()).isEqualTo(404);
                assertThat(after.url()).isEqualTo(before.url());
            }
        }
    }

    private static SimulatedEngine engine(int port, String model) throws Exception {
        return SimulatedEngine.builder(EngineKind.VLLM).port(port).model(model).start();
    }

    private static String body(String model) {
        return "{\"model\":\"" + model + "\",\"prompt\":\"a\"}";
    }
}
