package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client sends before it has its response is served next, wherever the network cuts it in two. */
class PipeliningTest {
    private static final String FIRST =
            "\r\n\r\n" + post("/v1/completions", "{\"model\":\"demo\",\"prompt\":\"Hello\"}");

    private SimulatedEngine engine;
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        engine =
                SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(1).start();
        gateway = Gateway.start("--node_urls", engine.url());
    }

    @AfterEach
    void stop() {
        gateway.close();
        engine.close();
    }

    static Stream<Arguments> seconds() {
        return Stream.of(
                Arguments.of(
                        post(
                                "/v1/chat/completions",
                                "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"),
                        "\"chat.completion\""),
                Arguments.of("GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "\"ok\""),
                Arguments.of(post("/nodes/add", "{\"url\":\"nowhere\"}"), "invalid_request"));
    }

    @ParameterizedTest
    @MethodSource("seconds")
    void requests_inOneWrite_getBothResponses(String second, String response) throws Exception {
        for (int i = 0; i < 200; i++) {
            assertBothResponded(FIRST + second, "", response);
        }
    }

    @ParameterizedTest
    @MethodSource("seconds")
    void requests_cutAnywhere_getBothResponses(String second, String response) throws Exception {
        String both = FIRST + second;
        for (int cut = 0; cut <= both.length(); cut++) {
            assertBothResponded(both.substring(0, cut), both.substring(cut), response);
        }
    }

    @ParameterizedTest
    @MethodSource("seconds")
    void requests_secondWhileTheFirstIsServed_getBothResponses(String second, String response) throws Exception {
        engine.inject(Fault.delay(Duration.ofMillis(5)).times(1_000));
        for (int cut = 0; cut < second.length(); cut++) {
            assertBothResponded(FIRST + second.substring(0, cut), second.substring(cut), response);
        }
    }

    @Test
    void request_unreadBodyArrivesLate_nextGetsAResponse() throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send("GET /nodes/status HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + " ".repeat(100));
            assertThat(client.readUntil(engine.url())).contains(" 200 ").doesNotContain("Connection: close");
            client.send(" ".repeat(4900) + "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");

            assertThat(client.readUntil("\"ok\"")).contains("\"ok\"");
        }
    }

    private void assertBothResponded(String begin, String end, String response) throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send(begin).send(end);

            assertThat(client.readUntil(response)).contains("text_completion", response);
        }
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }
}
