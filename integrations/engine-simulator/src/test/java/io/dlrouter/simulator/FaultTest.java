package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FaultTest {
    private static final String STREAM = RawClient.post(CHAT, chat("\"stream\":true,"));
    private static final String PLAIN = RawClient.post(CHAT, chat(""));

    private final SimulatedEngine engine =
            SimulatedEngine.builder(EngineKind.VLLM).model("m").start();
    private final ApiClient client = new ApiClient(engine);

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void status_once_answersItOnce() throws Exception {
        engine.inject(Fault.status(429, "{\"slow\":true}").retryAfter("7").times(1));

        HttpResponse<String> response = client.post(CHAT, chat(""));
        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.body()).isEqualTo("{\"slow\":true}");
        assertThat(response.headers().firstValue("retry-after")).hasValue("7");
        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(200);
    }

    @Test
    void fault_withoutPath_leavesGetsAlone() throws Exception {
        engine.inject(Fault.status(500));

        assertThat(client.get("/health").statusCode()).isEqualTo(200);
        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(500);
        engine.clearFaults();
        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(200);
    }

    @Test
    void fault_onPath_leavesOthersAlone() throws Exception {
        engine.inject(Fault.status(500).onPath("/v1/models"));

        assertThat(client.get("/v1/models").statusCode()).isEqualTo(500);
        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(200);
    }

    @Test
    void hangBeforeHeaders_answersNothing() throws Exception {
        engine.inject(Fault.hangBeforeHeaders().onPath("/v1/models"));
        CompletableFuture<Integer> first =
                CompletableFuture.supplyAsync(() -> firstByteOf(RawClient.get("/v1/models")));

        engine.awaitRequests(1, Duration.ofSeconds(5));
        assertThatThrownBy(() -> first.get(100, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        engine.stop();
        assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo(-1);
    }

    @Test
    void hangAfterEvents_sendsThemAndStopsThere() throws Exception {
        engine.inject(Fault.hangAfterEvents(2));
        try (RawClient raw = new RawClient(engine)) {
            raw.send(STREAM).readUntil("token0\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n\r\n");
            CompletableFuture<String> rest = CompletableFuture.supplyAsync(() -> rest(raw));

            assertThatThrownBy(() -> rest.get(100, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            engine.stop();
            assertThat(rest.get(5, TimeUnit.SECONDS)).isEmpty();
        }
    }

    @Test
    void cutBeforeHeaders_closesInOrder() throws Exception {
        engine.inject(Fault.cutBeforeHeaders());
        assertThat(answerTo(PLAIN)).isEmpty();
    }

    @Test
    void cutAfterHeaders_sendsThemAlone() throws Exception {
        engine.inject(Fault.cutAfterHeaders());
        assertThat(answerTo(PLAIN))
                .startsWith("HTTP/1.1 200 OK")
                .contains("content-length: ")
                .endsWith("\r\n\r\n");
    }

    @Test
    void cutAfterBytes_ofAPlainBody_leavesItShort() throws Exception {
        engine.inject(Fault.cutAfterBytes(5));
        assertThat(answerTo(PLAIN)).endsWith("\r\n\r\n{\"id\"");
    }

    @Test
    void cutAfterBytes_ofAStream_endsWithinAnEventAndWithoutLastChunk() throws Exception {
        engine.inject(Fault.cutAfterBytes(11));
        assertThat(answerTo(STREAM)).endsWith("\r\n\r\nb\r\ndata: {\"id\"\r\n");
    }

    @Test
    void cutAfterEvents_ofAStream_endsAfterThatEvent() throws Exception {
        engine.inject(Fault.cutAfterEvents(1));
        assertThat(answerTo(STREAM)).containsOnlyOnce("data: ").endsWith("}\n\n\r\n");
    }

    @Test
    void resetBeforeHeaders_isAReset() {
        engine.inject(Fault.resetBeforeHeaders());
        assertThatThrownBy(() -> answerTo(PLAIN))
                .isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    @Test
    void resetAfterEvents_isAResetAfterThem() throws Exception {
        engine.inject(Fault.resetAfterEvents(1));
        try (RawClient raw = new RawClient(engine)) {
            raw.send(STREAM).readUntil("}\n\n\r\n");
            assertThatThrownBy(raw::readToEnd)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
        }
        assertThat(engine.disconnects()).isEmpty();
    }

    @Test
    void resetAfterEvents_ofAPacedStream_isAResetToo() throws Exception {
        try (SimulatedEngine paced = SimulatedEngine.builder(EngineKind.LMDEPLOY)
                        .model("m")
                        .timePerToken(Duration.ofMillis(20))
                        .start();
                RawClient raw = new RawClient(paced)) {
            paced.inject(Fault.resetAfterEvents(3));
            raw.send(STREAM).readUntil("token2\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n\r\n");
            assertThatThrownBy(raw::readToEnd)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
        }
    }

    @Test
    void resetAfterBytes_isAResetAfterThem() throws Exception {
        engine.inject(Fault.resetAfterBytes(3));
        try (RawClient raw = new RawClient(engine)) {
            raw.send(PLAIN).readUntil("\r\n\r\n{\"i");
            assertThatThrownBy(raw::readToEnd)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
        }
    }

    @Test
    void delay_comesBeforeTheHead() throws Exception {
        engine.inject(Fault.delay(Duration.ofMillis(150)));
        long start = System.nanoTime();

        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(150));
    }

    @Test
    void holdBeforeHeaders_released_goesOn() throws Exception {
        CompletableFuture<Void> release = new CompletableFuture<>();
        engine.inject(Fault.holdBeforeHeaders(release).times(1));
        CompletableFuture<Integer> firstByte = CompletableFuture.supplyAsync(() -> firstByteOf(PLAIN));
        engine.awaitRunning(1, Duration.ofSeconds(10));

        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(200);
        assertThat(firstByte).isNotDone();
        release.complete(null);

        assertThat(firstByte.get(10, TimeUnit.SECONDS)).isEqualTo('H');
    }

    @Test
    void holdAfterHeaders_released_sendsTheBody() throws Exception {
        CompletableFuture<Void> release = new CompletableFuture<>();
        engine.inject(Fault.holdAfterHeaders(release));
        try (RawClient raw = new RawClient(engine)) {
            String post = RawClient.post(CHAT, chat("\"stream\":true,"), "Connection: close");
            assertThat(raw.send(post).readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200 ");
            release.complete(null);

            assertThat(raw.readToEnd()).contains("data: [DONE]");
        }
    }

    @Test
    void hold_clientLeaves_isADisconnect() throws Exception {
        engine.inject(Fault.holdBeforeHeaders(new CompletableFuture<>()));
        try (RawClient raw = new RawClient(engine)) {
            raw.send(PLAIN);
            engine.awaitRunning(1, Duration.ofSeconds(10));
        }

        assertThat(engine.awaitDisconnects(1, Duration.ofSeconds(10)))
                .singleElement()
                .satisfies(left -> assertThat(left.eventsSent()).isZero());
    }

    @Test
    void byteByByte_arrivesInManyReadsAndComplete() throws Exception {
        engine.inject(Fault.byteByByte());

        assertThat(client.post(CHAT, chat("\"stream\":true,")).body()).endsWith("data: [DONE]\n\n");
        assertThat(readsOf(RawClient.post(CHAT, chat("\"stream\":true,"), "Connection: close")))
                .isGreaterThan(20);
        engine.clearFaults();
        assertThat(readsOf(RawClient.post(CHAT, chat(""), "Connection: close"))).isLessThanOrEqualTo(2);
    }

    @Test
    void trickle_pausesAfterEachByte() throws Exception {
        engine.inject(Fault.trickle(Duration.ofMillis(100)));
        try (RawClient raw = new RawClient(engine)) {
            long sent = System.nanoTime();
            raw.send(PLAIN).readUntil("HTTP/");

            assertThat(Duration.ofNanos(System.nanoTime() - sent))
                    .isBetween(Duration.ofMillis(400), Duration.ofSeconds(5));
        }
    }

    @Test
    void canned_withoutLength_isOneChunkForEachWrite() throws Exception {
        engine.inject(Fault.canned(
                201,
                Map.of("Content-Type", "text/event-stream"),
                "event: a\r\nid: 1\r\n".getBytes(UTF_8),
                "data: x\r\n\r\n".getBytes(UTF_8)));

        assertThat(answerTo(RawClient.post(CHAT, chat(""), "Connection: close")))
                .startsWith("HTTP/1.1 201 ")
                .contains("Content-Type: text/event-stream\r\n")
                .endsWith("\r\n\r\n11\r\nevent: a\r\nid: 1\r\n\r\nb\r\ndata: x\r\n\r\n\r\n0\r\n\r\n");
    }

    @Test
    void canned_withLength_isSentAsItIs() throws Exception {
        engine.inject(Fault.canned(200, Map.of("Content-Length", "4"), "ab".getBytes(UTF_8), "cd".getBytes(UTF_8)));

        assertThat(client.post(CHAT, chat("")).body()).isEqualTo("abcd");
        assertThat(client.post(CHAT, chat("")).body()).isEqualTo("abcd");
    }

    @Test
    void canned_shorterThanItsLength_endsTheConnection() throws Exception {
        engine.inject(Fault.canned(200, Map.of("content-length", "9"), "ab".getBytes(UTF_8)));
        assertThat(answerTo(PLAIN)).endsWith("\r\n\r\nab");
    }

    @Test
    void canned_bigEvent_comesWhole() throws Exception {
        String event = "data: " + "x".repeat(2 << 20) + "\n\n";
        engine.inject(Fault.canned(200, Map.of("content-type", "text/event-stream"), event.getBytes(UTF_8)));
        assertThat(client.post(CHAT, chat("")).body()).isEqualTo(event);
    }

    @Test
    void faults_ofSeveral_happenInOrder() throws Exception {
        engine.inject(Fault.status(500).times(1));
        engine.inject(Fault.status(503).times(1));

        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(500);
        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(503);
        assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(200);
    }

    @Test
    void fault_impossible_isRefused() {
        assertThatThrownBy(() -> Fault.status(500).times(0)).hasMessage("times: 0 (expected: 1 or more)");
        assertThatThrownBy(() -> Fault.cutAfterBytes(-1)).hasMessage("BYTES: -1 (expected: 0 or more)");
        assertThatThrownBy(() -> Fault.byteByByte().retryAfter("1")).isInstanceOf(IllegalArgumentException.class);
    }

    private String answerTo(String request) throws IOException {
        try (RawClient raw = new RawClient(engine)) {
            return raw.send(request).readToEnd();
        }
    }

    private int readsOf(String request) throws IOException {
        try (RawClient raw = new RawClient(engine)) {
            return raw.send(request).countReadsToEnd();
        }
    }

    private int firstByteOf(String request) {
        try {
            String answer = answerTo(request);
            return answer.isEmpty() ? -1 : answer.charAt(0);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private static String rest(RawClient raw) {
        try {
            return raw.readToEnd();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}
