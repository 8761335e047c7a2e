package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponseHeadTest {
    private final SimulatedEngine engine =
            SimulatedEngine.builder(EngineKind.VLLM).model("m").start();

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void nodeHeader_on_namesTheNode() throws Exception {
        assertThat(response("--node_header").headers().allValues("x-dlrouter-node"))
                .containsExactly(engine.url());
    }

    @Test
    void nodeHeader_off_isAbsent() throws Exception {
        assertThat(response().headers().firstValue("x-dlrouter-node")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-dlrouter-node", "X-DLRouter-Node"})
    void nodeHeader_nodeSendsOne_isDropped(String name) throws Exception {
        engine.inject(Fault.canned(200, Map.of(name, "forged", "Content-Length", "2"), "{}".getBytes(UTF_8)));

        assertThat(response().headers().firstValue("x-dlrouter-node")).isEmpty();
        assertThat(response("--node_header").headers().allValues("x-dlrouter-node"))
                .containsExactly(engine.url());
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void retryAfter_nodeUnderBackPressureSendsNone_isASecond(int status) throws Exception {
        engine.inject(Fault.status(status));

        assertThat(response().statusCode()).isEqualTo(status);
        assertThat(response().headers().allValues("retry-after")).containsExactly("1");
    }

    @Test
    void retryAfter_nodeSendsIt_isTheNodes() throws Exception {
        engine.inject(Fault.status(429).retryAfter("17"));

        assertThat(response().headers().allValues("retry-after")).containsExactly("17");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 400, 500})
    void retryAfter_otherResponse_isAbsent(int status) throws Exception {
        engine.inject(Fault.status(status));

        assertThat(response().headers().firstValue("retry-after")).isEmpty();
    }

    private HttpResponse<String> response(String... options) throws Exception {
        try (Gateway gateway = Gateway.start(options)) {
            gateway.post("/nodes/add", "{\"url\":\"" + engine.url() + "\"}");
            return gateway.post("/v1/completions", "{\"model\":\"m\",\"prompt\":\"x\"}");
        }
    }
}
