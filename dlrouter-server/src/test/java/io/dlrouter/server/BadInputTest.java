package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Whatever a client sends, it gets a clear error, no node and no operator is troubled, and the next client is served. */
class BadInputTest {
    private static final String ROUTE = "/v1/chat/completions";
    private static final int LARGE = 32 << 20;

    private SimulatedEngine engine;
    private Gateway gateway;
    private final Logger log = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @BeforeEach
    void start() throws Exception {
        logged.start();
        log.addAppender(logged);
        engine = SimulatedEngine.builder(EngineKind.VLLM).model("demo").start();
        gateway = Gateway.start("--node_urls", engine.url(), "--max_body_size", "64KiB");
        Await.until(() -> gateway.get("/ready").statusCode() == 200);
    }

    @AfterEach
    void stop() throws Exception {
        Await.until(() -> gateway.router.nodes().all().stream().allMatch(node -> node.inFlight() == 0));
        assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
        assertThat(engine.requests(ROUTE)).isEmpty();
        gateway.close();
        engine.close();
        log.detachAppender(logged);
        assertThat(logged.list).noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.WARN));
    }

    static Stream<Arguments> bodies() {
        return Stream.of(
                Arguments.of("", "not a JSON object"),
                Arguments.of("hello", "not a JSON object"),
                Arguments.of("[{\"model\":\"demo\"}]", "not a JSON object"),
                Arguments.of("{\"model\":\"demo\"", "not a JSON object"),
                Arguments.of("{\"model\":\"demo\"} {}", "not a JSON object"),
                Arguments.of(
                        "{\"model\":\"demo\",\"x\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}", "512 levels"),
                Arguments.of("{\"model\":\"demo\",\"model\":\"demo\"}", "more than once"),
                Arguments.of("{\"model\":\"demo\",\"mod\\u0065l\":\"demo\"}", "more than once"),
                Arguments.of("{\"model\":7}", "not a string"),
                Arguments.of("{\"model\":[]}", "not a string"));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void request_badBody_isRejectedWithAReason(String body, String reason) throws Exception {
        HttpResponse<String> response = gateway.post(ROUTE, body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(response, "code")).isEqualTo("invalid_request");
        assertThat(Gateway.error(response, "message")).contains(reason);
    }

    @Test
    void request_bodyThatIsNotUtf8_isRejected() throws Exception {
        byte[] body = "{\"model\":\"demo\",\"prompt\":\"?\"}".getBytes(UTF_8);
        body[body.length - 3] = (byte) 0xFF;
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.server.url() + ROUTE))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();

        HttpResponse<String> response = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request, BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(response, "message")).contains("UTF-8");
    }

    @Test
    void request_unknownModel_isNotFound() throws Exception {
        HttpResponse<String> response = gateway.post(ROUTE, "{\"model\":\"other\"}", "X-Request-Id", "mine");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(Gateway.error(response, "code")).isEqualTo("model_not_found");
        assertThat(Gateway.error(response, "message")).contains("other");
        assertThat(response.headers().firstValue("x-request-id")).contains("mine");
    }

    @Test
    void request_noNodeRegistered_isUnavailableForNow() throws Exception {
        try (Gateway empty = Gateway.start("--backend", "vllm")) {
            HttpResponse<String> response = empty.post(ROUTE, "{\"model\":\"m\"}");

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(Gateway.error(response, "code")).isEqualTo("no_node_available");
            assertThat(response.headers().firstValue("Retry-After")).contains("1");
        }
    }

    @Test
    void request_bodyOverTheLimit_isTooLarge() throws Exception {
        HttpResponse<String> response = gateway.post(ROUTE, "{\"model\":\"" + "x".repeat(70_000) + "\"}");

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(Gateway.error(response, "code")).isEqualTo("request_too_large");
    }

    @Test
    void request_bodyFarOverTheLimit_isTooLargeOnceItIsSent() throws Exception {
        String body = "x".repeat(LARGE);
        try (RawClient client = new RawClient(gateway)) {
            client.send("POST " + ROUTE + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + LARGE + "\r\n\r\n" + body);
            assertThat(client.readUntil("request_too_large")).startsWith("HTTP/1.1 413 ");

            client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.readUntil("ok")).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void request_bodyOverTheLimitWithExpectContinue_isTooLargeAtOnce() throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send("POST " + ROUTE + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " + LARGE
                    + "\r\n\r\n");

            assertThat(client.finish()).startsWith("HTTP/1.1 413 ").endsWith("}");
        }
    }

    @Test
    void request_chunkedBodyOverTheLimit_isTooLarge() throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send("POST " + ROUTE + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n11170\r\n"
                    + "x".repeat(70_000));

            assertThat(client.readUntil("request_too_large")).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void request_headersOf100Kilobytes_areRejected() throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send("POST " + ROUTE + " HTTP/1.1\r\nHost: x\r\nx-large: " + "x".repeat(100_000) + "\r\n\r\n");

            assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void request_thatNeverEnds_keepsNobodyElseWaiting() throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send("POST " + ROUTE + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"model\":");

            assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
            assertThat(gateway.get("/ready").statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health HTTP/9.9",
                "GET /health HTTP/1.9",
                "GET /health HTTP/0.9",
                "GET /health HTTP/1.1.1",
                "GET /health HTTP/",
                "GET /health X",
                "GET /health\n HTTP/1.1",
                "POST  HTTP/1.1"
            })
    void request_badRequestLine_isRejectedWithAReason(String line) throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send(line + "\r\nHost: x\r\nContent-Length: 0\r\n\r\n");

            assertThat(client.finish())
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"code\":\"invalid_request\"", "expected: <method> <target> HTTP/1.1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nodes/add", "/nodes/drain", ROUTE})
    void request_cutBody_isRejected(String path) throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 28\r\n\r\n{\"url\"");

            assertThat(client.finish()).startsWith("HTTP/1.1 400 ").contains("\"code\":\"invalid_request\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nodes/add", "/nodes/drain", ROUTE})
    void request_badChunk_isRejected(String path) throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.send(
                    "POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\"url\"\r\n");

            assertThat(client.finish()).startsWith("HTTP/1.1 400 ").contains("\"code\":\"invalid_request\"");
        }
    }

    @Test
    void request_toNodesInAnUnknownCharset_isReadAsUtf8() throws Exception {
        HttpResponse<String> response = gateway.post(
                "/nodes/drain", "{\"url\":\"http://n:1\"}", "Content-Type", "application/json; charset=nothing");

        assertThat(Gateway.error(response, "code")).isEqualTo("node_not_found");
    }

    @Test
    void request_toNodesInACharsetWithoutAName_isRejected() throws Exception {
        HttpResponse<String> response = gateway.get("/nodes/status", "Content-Type", "application/json; charset");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(response, "message")).contains("application/json; charset");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Type", "Authorization"})
    void request_singleHeaderTwice_isRejected(String header) throws Exception {
        HttpResponse<String> response =
                gateway.post(ROUTE, "{\"model\":\"demo\",\"messages\":[]}", header, "one/one", header, "another/one");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(response, "code")).isEqualTo("invalid_request");
        assertThat(Gateway.error(response, "message"))
                .contains(header, "more than once")
                .doesNotContain("one/one");
        assertThat(engine.requests(ROUTE)).isEmpty();
    }

    static Stream<String> rubbish() {
        return Stream.of(
                "\u0016\u0003\u0001\u0002", "GET\r\n\r\n", "POST / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\nHELLO\r\n\r\n");
    }

    @ParameterizedTest
    @MethodSource("rubbish")
    void request_thatIsNotHttp_isRejected(String rubbish) throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            assertThat(client.send(rubbish).finish()).matches("(?s)(HTTP/1.1 [45]\\d\\d .*)?");
        }
    }
}
