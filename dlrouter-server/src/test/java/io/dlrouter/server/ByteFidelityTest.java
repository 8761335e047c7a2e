package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What passes through the gateway comes out as it went in, byte for byte. */
class ByteFidelityTest {
    private static final String EVENT_STREAM = "text/event-stream; charset=utf-8";
    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private SimulatedEngine engine;
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        engine = SimulatedEngine.builder(EngineKind.VLLM).model("demo").start();
        gateway = Gateway.start("--node_urls", engine.url());
    }

    @AfterEach
    void stop() {
        gateway.close();
        engine.close();
    }

    static Stream<String> bodies() {
        return Stream.of(
                with("\"temperature\":16"),
                with("\"temperature\":16.0"),
                with("\"temperature\":1.60E+1"),
                with("\"seed\":9223372036854775807"),
                with("\"seed\":123456789012345678901234567890"),
                with(
                        "\"unknown\":{\"deep\":[null,true,{\"x\":-0.0}]},\"chat_template_kwargs\":{\"enable_thinking\":false}"),
                with("\"user\":\"\\u00e9 \\/ \\ud83d\\ude00 \\\\ é 😀\""),
                with("\"stop\":null,\"stream\":false,\"min_p\":0.10"),
                "\n\t{ \"model\" : \"demo\" ,\r\n  \"messages\":[ {\"role\":\"user\", \"content\":\"x\"}\t] }\n ",
                CHAT.replace("Hello", "long ".repeat(2 * 1024 * 1024 / 5)));
    }

    private static String with(String members) {
        return CHAT.substring(0, CHAT.length() - 1) + "," + members + "}";
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void request_bodyThatOthersDamage_reachesTheNodeUnchanged(String body) throws Exception {
        HttpResponse<String> response = gateway.post("/v1/chat/completions", body);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(engine.requests("/v1/chat/completions"))
                .singleElement()
                .satisfies(request -> assertThat(request.body()).isEqualTo(body.getBytes(UTF_8)));
        assertThat(engine.violations()).isEmpty();
    }

    @Test
    void request_membersThatOnlyARouterMaySet_doNotReachTheNode() throws Exception {
        gateway.post(
                "/v1/chat/completions",
                with("\"kv_transfer_params\":{\"remote_host\":\"10.0.0.1\"},\"bootstrap_room\":7"),
                "x-data-parallel-rank",
                "9");

        assertThat(engine.requests("/v1/chat/completions")).singleElement().satisfies(request -> {
            assertThat(request.text()).isEqualTo(CHAT);
            assertThat(request.header("x-data-parallel-rank")).isEmpty();
        });
    }

    @Test
    void request_jsonThatTheClientCallsAForm_isSentAsJson() throws Exception {
        gateway.post("/v1/chat/completions", CHAT, "Content-Type", "application/x-www-form-urlencoded");

        assertThat(engine.requests("/v1/chat/completions"))
                .singleElement()
                .satisfies(request -> assertThat(request.header("Content-Type")).contains("application/json"));
    }

    @Test
    void request_headersOfTheClient_reachTheNode() throws Exception {
        HttpResponse<String> response = gateway.post(
                "/v1/chat/completions",
                CHAT,
                "Authorization",
                "Bearer client",
                "traceparent",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "X-Request-Id",
                "mine");

        assertThat(engine.requests("/v1/chat/completions")).singleElement().satisfies(request -> {
            assertThat(request.header("Authorization")).contains("Bearer client");
            assertThat(request.header("traceparent")).isPresent();
            assertThat(request.header("X-Request-Id")).contains("mine");
            assertThat(request.header("Accept-Encoding")).contains("identity");
        });
        assertThat(response.headers().firstValue("x-request-id")).contains("mine");
    }

    @Test
    void response_statusHeadersAndBody_reachTheClientUnchanged() throws Exception {
        byte[] body = "{ \"error\" : {\"message\":\"slow down\",\"code\":4.290e2} }\n".getBytes(UTF_8);
        engine.inject(Fault.canned(
                429,
                Map.of("Content-Type", "application/json; x=1", "Retry-After", "7", "x-ratelimit-left", "0"),
                body));

        HttpResponse<byte[]> response = send();

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("content-type")).contains("application/json; x=1");
        assertThat(response.headers().firstValue("retry-after")).contains("7");
        assertThat(response.headers().firstValue("x-ratelimit-left")).contains("0");
        assertThat(response.headers().firstValue("x-dlrouter-error")).isEmpty();
        assertThat(response.body()).isEqualTo(body);
    }

    @Test
    void response_repeatedHeader_staysRepeated() throws Exception {
        try (ServerSocket node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Gateway other = Gateway.start()) {
            String url = "http://127.0.0.1:" + node.getLocalPort();
            other.post("/nodes/add", "{\"url\":\"" + url + "\",\"status\":{\"models\":[\"demo\"]}}");
            CompletableFuture<Void> responding = CompletableFuture.runAsync(() -> response(
                    node,
                    "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n"
                            + "Content-Type: application/json\r\n\r\n{}"));

            HttpResponse<String> response = other.post("/v1/chat/completions", CHAT);

            assertThat(response.headers().allValues("set-cookie")).containsExactly("a=1", "b=2");
            responding.join();
        }
    }

    /** Gives one response to the first chat that comes; probes before it are closed. */
    private static void response(ServerSocket node, String response) {
        for (boolean responded = false; !responded; ) {
            try (Socket client = node.accept()) {
                byte[] request = new byte[4096];
                int count = client.getInputStream().read(request);
                responded = count > 0 && new String(request, 0, count, UTF_8).startsWith("POST");
                if (responded) {
                    client.getOutputStream().write(response.getBytes(UTF_8));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static Stream<String> streams() {
        return Stream.of(
                "data: {\"a\":1}\n\ndata: [DONE]\n\n",
                "event: response.created\nid: 1\ndata: {\"a\":1}\ndata: {\"b\":2}\n\n",
                "data: {\"a\":1}\r\n\r\n: a comment\r\n\r\ndata: [DONE]\r\n\r\n",
                "data: {\"text\":\"data: [DONE]\\n\\n\"}\n\ndata: é😀\n\n",
                "data: " + "x".repeat(2 * 1024 * 1024) + "\n\ndata: [DONE]\n\n");
    }

    @ParameterizedTest
    @MethodSource("streams")
    void stream_anyEvents_reachTheClientUnchanged(String stream) throws Exception {
        engine.inject(Fault.canned(200, Map.of("Content-Type", EVENT_STREAM), stream.getBytes(UTF_8)));

        HttpResponse<byte[]> response = send();

        assertThat(response.headers().firstValue("content-type")).contains(EVENT_STREAM);
        assertThat(response.body()).isEqualTo(stream.getBytes(UTF_8));
    }

    @Test
    void stream_splitAtEveryByte_reachesTheClientUnchanged() throws Exception {
        byte[] stream = "event: é\r\nid: 1\r\ndata: {\"a\":16.0}\r\n\r\ndata: 😀\n\ndata: [DONE]\n\n".getBytes(UTF_8);
        byte[][] writes = IntStream.range(0, stream.length)
                .mapToObj(i -> Arrays.copyOfRange(stream, i, i + 1))
                .toArray(byte[][]::new);
        engine.inject(Fault.canned(200, Map.of("Content-Type", EVENT_STREAM), writes));

        assertThat(send().body()).isEqualTo(stream);
    }

    @Test
    void response_writtenByteByByte_reachesTheClientUnchanged() throws Exception {
        engine.inject(Fault.byteByByte());

        HttpResponse<byte[]> response = send();

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(new String(response.body(), UTF_8)).startsWith("{").endsWith("}");
    }

    @Test
    void stream_eventOfANodeThatThenIsIdle_isRelayedAtOnce() throws Exception {
        engine.inject(Fault.hangAfterEvents(1));
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.server.url() + "/v1/chat/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(with("\"stream\":true")))
                .build();

        HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());

        try (InputStream body = response.body()) {
            assertThat(new String(body.readNBytes(6), UTF_8)).isEqualTo("data: ");
        }
    }

    private HttpResponse<byte[]> send() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.server.url() + "/v1/chat/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(CHAT))
                .build();
        return client.send(request, BodyHandlers.ofByteArray());
    }
}
