package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectionTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String DONE = "[DONE]\n\n\r\n0\r\n\r\n";

    @Test
    void connection_idleForItsTime_isClosed() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
                        .keepAlive(Duration.ofMillis(300))
                        .start();
                RawClient client = new RawClient(engine)) {
            long sent = System.nanoTime();
            client.send(RawClient.get("/health")).readUntil("\r\n\r\n");

            assertThat(client.readToEnd()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - sent))
                    .isBetween(Duration.ofMillis(300), Duration.ofSeconds(3));
        }
    }

    @Test
    void connection_idleAtAnEngineThatResets_isReset() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
                        .keepAlive(Duration.ofMillis(50))
                        .resetsIdle()
                        .start();
                RawClient client = new RawClient(engine)) {
            client.send(RawClient.get("/health")).readUntil("\r\n\r\n");

            assertThatThrownBy(client::readToEnd).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void connection_idleAfterAPacedAnswer_isClosedToo() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
                        .model("m")
                        .timeToFirstToken(Duration.ofMillis(20))
                        .keepAlive(Duration.ofMillis(300))
                        .start();
                RawClient client = new RawClient(engine)) {
            long sent = System.nanoTime();
            client.send(RawClient.post(CHAT, chat("\"stream\":true,"))).readUntil(DONE);

            assertThat(client.readToEnd()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - sent))
                    .isBetween(Duration.ofMillis(300), Duration.ofSeconds(3));
            assertThat(engine.disconnects()).isEmpty();
        }
    }

    @Test
    void connection_usedAgain_servesEveryRequest() throws Exception {
        try (SimulatedEngine engine = paced();
                RawClient client = new RawClient(engine)) {
            for (int i = 0; i < 5; i++) {
                client.send(RawClient.post(CHAT, chat("\"stream\":true,"))).readUntil(DONE);
                client.send(RawClient.get("/health")).readUntil("\r\n\r\n");
            }

            assertThat(engine.requests()).hasSize(10);
            assertThat(engine.openConnections()).isEqualTo(1);
        }
    }

    @Test
    void connection_close_endsItAfterTheAnswer() throws Exception {
        try (SimulatedEngine engine = paced();
                RawClient client = new RawClient(engine)) {
            assertThat(client.send(RawClient.post(CHAT, chat(""), "Connection: close"))
                            .readToEnd())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("\r\nconnection: close\r\n")
                    .endsWith("}");
        }
    }

    @Test
    void body_chunked_isRecordedWithoutFraming() throws Exception {
        try (SimulatedEngine engine = paced();
                RawClient client = new RawClient(engine)) {
            client.send("POST /tokenize?a=b HTTP/1.1\r\nHost: e\r\nX-Mixed: One\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .send("1\r\n{\r\nB\r\n\"prompt\":\"a\r\n3\r\n")
                    .send(" b\"\r\n1\r\n}\r\n0\r\n\r\n")
                    .readUntil("\"count\":2");

            RecordedRequest request = engine.requests().get(0);
            assertThat(request.text()).isEqualTo("{\"prompt\":\"a b\"}");
            assertThat(request.path()).isEqualTo("/tokenize");
            assertThat(request.query()).isEqualTo("a=b");
            assertThat(request.header("x-mixed")).hasValue("One");
        }
    }

    @Test
    void body_expectContinue_isAskedForFirst() throws Exception {
        try (SimulatedEngine engine = paced();
                RawClient client = new RawClient(engine)) {
            client.send("POST /tokenize HTTP/1.1\r\nHost: e\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
                    .readUntil("HTTP/1.1 100 Continue\r\n\r\n");

            assertThat(client.send("{}").readUntil("\r\n")).isEqualTo("HTTP/1.1 200 OK\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: again",
                "Content-Length: 2",
                "Content-Length: 3",
                "Transfer-Encoding: chunked",
                "Connection: Upgrade",
                "Connection: keep-alive, x-secret",
                "Keep-Alive: timeout=5",
                "TE: trailers",
                "Upgrade: h2c",
                "Trailer: x",
                "Proxy-Authorization: Basic x",
                "Proxy-Connection: keep-alive",
                "No colon",
                " folded: line"
            })
    void request_thatNoRouterMaySend_is400AndAViolation(String line) throws Exception {
        try (SimulatedEngine engine = paced();
                RawClient client = new RawClient(engine)) {
            assertThat(client.send(RawClient.post("/tokenize", "{}", line)).readToEnd())
                    .startsWith("HTTP/1.1 400 Bad Request\r\n")
                    .contains("(expected: ");
            assertThat(engine.violations()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health HTTP/1.1\r\n\r\n",
                "GET /health HTTP/1.0\r\nHost: e\r\n\r\n",
                "GET http://e/health HTTP/1.1\r\nHost: e\r\n\r\n",
                "GET /health HTTP/1.1\nHost: e\n\n",
                "POST / HTTP/1.1\r\nHost: e\r\nContent-Length: -1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: gzip\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
            })
    void request_malformed_is400AndAViolation(String request) throws Exception {
        try (SimulatedEngine engine = paced();
                RawClient client = new RawClient(engine)) {
            assertThat(client.send(request).readToEnd()).startsWith("HTTP/1.1 400 Bad Request\r\n");
            assertThat(engine.violations()).hasSize(1);
        }
    }

    @Test
    void post_toLmdeployWithoutJsonType_is422AndAViolation() throws Exception {
        try (SimulatedEngine engine =
                        SimulatedEngine.builder(EngineKind.LMDEPLOY).model("m").start();
                RawClient client = new RawClient(engine)) {
            client.send("POST /tokenize HTTP/1.1\r\nHost: e\r\nContent-Length: 2\r\n\r\n{}");

            assertThat(client.readUntil("\r\n")).contains("422");
            assertThat(engine.violations()).containsExactly("header content-type: none (expected: application/json)");
        }
    }

    @Test
    void requestId_echoed_comesBack() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
                .model("m")
                .echoRequestId()
                .start()) {
            assertThat(new ApiClient(engine)
                            .post(CHAT, chat(""), "X-Request-Id", "abc")
                            .headers()
                            .firstValue("x-request-id"))
                    .hasValue("abc");
        }
    }

    @Test
    void engine_stopped_refusesUntilRestartedOnTheSamePort() throws Exception {
        try (SimulatedEngine engine = paced();
                RawClient before = new RawClient(engine)) {
            before.send(RawClient.get("/health")).readUntil("\r\n\r\n");
            engine.stop();

            assertThat(before.readToEnd()).isEmpty();
            assertThatThrownBy(() -> new RawClient(engine)).isInstanceOf(ConnectException.class);

            engine.restart();
            try (RawClient after = new RawClient(engine)) {
                after.send(RawClient.get("/health")).readUntil("\r\n\r\n");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void log_ofManyRequests_keepsTheLatestAndCountsAll(EngineKind kind) throws Exception {
        try (SimulatedEngine engine =
                SimulatedEngine.builder(kind).model("m").recordLast(2).start()) {
            ApiClient client = new ApiClient(engine);
            for (String path : List.of("/health", "/v1/models", "/metrics")) {
                client.get(path);
            }

            assertThat(engine.requests()).extracting(RecordedRequest::path).containsExactly("/v1/models", "/metrics");
            assertThat(engine.requestCount()).isEqualTo(3);
            assertThat(engine.awaitIdle(SOON)).isTrue();
        }
    }

    @Test
    void await_thatIsNotMet_says() {
        try (SimulatedEngine engine = paced()) {
            assertThatThrownBy(() -> engine.awaitRequests(1, Duration.ofMillis(1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("requests: 0 within PT0.001S (expected: 1)");
        }
    }

    private static SimulatedEngine paced() {
        return SimulatedEngine.builder(EngineKind.VLLM)
                .model("m")
                .timePerToken(Duration.ofMillis(5))
                .start();
    }
}
