package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SimulatorRoutesTest {
    private final SimulatedEngine engine = SimulatedEngine.builder(EngineKind.LMDEPLOY)
            .name("e")
            .model("m")
            .apiKey("secret")
            .start();
    private final ApiClient client = new ApiClient(engine);

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void fault_postedAndDeleted_happensMeanwhile() throws Exception {
        inject("{\"kind\":\"status\",\"code\":503,\"body\":\"{}\",\"retry_after\":\"2\",\"path\":\"" + CHAT + "\"}");

        HttpResponse<String> failed = client.post(CHAT, chat(""));
        assertThat(failed.statusCode()).isEqualTo(503);
        assertThat(failed.headers().firstValue("retry-after")).hasValue("2");
        assertThat(client.delete("/simulator/fault").statusCode()).isEqualTo(200);
        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kind\":\"cut\"}",
                "{\"kind\":\"reset\",\"events\":0}",
                "{\"kind\":\"cut\",\"bytes\":2}",
                "{\"kind\":\"reset\",\"bytes\":0}"
            })
    void fault_thatBreaks_failsTheRequest(String fault) throws Exception {
        inject(fault);
        assertThatThrownBy(() -> client.post(CHAT, chat(""))).isInstanceOf(IOException.class);
    }

    @Test
    void fault_canned_isAnswered() throws Exception {
        inject("{\"kind\":\"canned\",\"code\":418,\"headers\":{\"x-a\":\"b\"},\"writes\":[\"c\",\"d\"],\"times\":1}");

        HttpResponse<String> response = client.post(CHAT, chat(""));
        assertThat(response.statusCode()).isEqualTo(418);
        assertThat(response.headers().firstValue("x-a")).hasValue("b");
        assertThat(response.body()).isEqualTo("cd");
    }

    @Test
    void fault_delayAndByteByByte_leaveTheAnswerWhole() throws Exception {
        inject("{\"kind\":\"delay\",\"duration\":\"1ms\",\"times\":1}");
        inject("{\"kind\":\"byte_by_byte\"}");

        for (int i = 0; i < 2; i++) {
            assertThat(client.post(CHAT, chat(""), "Authorization", "Bearer secret")
                            .body())
                    .contains("token0");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kind\":\"unknown\"}",
                "{}",
                "{\"kind\":\"delay\",\"duration\":\"soon\"}",
                "{\"kind\":\"refuse\"}",
                "{\"kind\":\"cut\",\"bytes\":-1}",
                "{\"kind\":\"status\",\"times\":0}"
            })
    void fault_wrong_is400WithTheExpectation(String fault) throws Exception {
        HttpResponse<String> response = client.post("/simulator/fault", fault);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("(expected: ");
    }

    @Test
    void fault_refuse_endsByItself() throws Exception {
        try (RawClient raw = new RawClient(engine)) {
            String refuse = "{\"kind\":\"refuse\",\"duration\":\"100ms\"}";
            assertThat(raw.send(RawClient.post("/simulator/fault", refuse)).readToEnd())
                    .startsWith("HTTP/1.1 200 OK");
        }
        assertThatThrownBy(() -> new RawClient(engine)).isInstanceOf(IOException.class);
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (!engine.listening() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(client.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void requests_areCounted() throws Exception {
        client.get("/health");
        client.get("/health");
        client.post(CHAT, "{}");
        engine.awaitIdle(Duration.ofSeconds(5));

        assertThat(client.get("/simulator/requests").body())
                .contains("\"engine\":\"e\",\"total\":3,\"running\":0,", "\"violations\":[]")
                .contains("\"by_path\":{\"GET /health\":2,\"POST " + CHAT + "\":1}");
        assertThat(engine.requests()).hasSize(3);
    }

    private void inject(String fault) throws Exception {
        assertThat(client.post("/simulator/fault", fault).statusCode()).isEqualTo(200);
    }
}
