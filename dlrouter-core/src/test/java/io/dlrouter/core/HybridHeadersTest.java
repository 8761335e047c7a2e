package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import mockwebserver3.MockResponse;
import okhttp3.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HybridHeadersTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeEngine engine = fleet.engine();

    @Test
    void node_clientsOwnHeaders_areForwarded() {
        Headers sent = sent(chat().withHeader("Authorization", "Bearer client")
                .withHeader("traceparent", "00-1-2-01")
                .withHeader("X-Tag", "a")
                .withHeader("X-Tag", "b")
                .withHeader("Content-Type", "application/json; charset=utf-8"));

        assertThat(sent.values("authorization")).containsExactly("Bearer client");
        assertThat(sent.values("traceparent")).containsExactly("00-1-2-01");
        assertThat(sent.values("x-tag")).containsExactly("a", "b");
        assertThat(sent.values("content-type")).containsExactly("application/json; charset=utf-8");
    }

    @Test
    void node_headerWithCharactersOfOneByte_getsTheseBytes() {
        assertThat(sent(chat().withHeader("X-Tag", "caf\u00c3\u00a9")).values("x-tag"))
                .containsExactly("caf\u00e9");
    }

    @Test
    void route_headerWithACharacterOfMoreThanOneByte_isRefusedByName() {
        Router router = fleet.router(engine.node());

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> router.route(chat().withHeader("X-Tag", "5 \u20ac")))
                .withMessage("X-Tag: a character above U+00FF (expected: characters of one byte each)");
        assertThat(engine.requestsLeft()).isZero();
    }

    @Test
    void node_noHeadersAtAll_getsThoseThatEnginesNeed() {
        Headers sent = sent(chat());

        assertThat(sent.values("content-type")).containsExactly("application/json");
        assertThat(sent.values("accept-encoding")).containsExactly("identity");
        assertThat(sent.values("host")).containsExactly(URI.create(engine.url()).getAuthority());
        assertThat(sent.values("content-length")).containsExactly(Integer.toString(chat().body().length));
        assertThat(sent.get("x-data-parallel-rank")).isNull();
        assertThat(sent.get("authorization")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Keep-Alive",
                "Proxy-Authenticate",
                "Proxy-Authorization",
                "Proxy-Connection",
                "TE",
                "Trailer",
                "Transfer-Encoding",
                "Upgrade",
                "Expect",
                "X-Data-Parallel-Rank",
                "x-plain-resume",
            })
    void node_headerThatIsNotForIt_isNotSent(String name) {
        assertThat(sent(chat().withHeader(name, "chunked")).get(name)).isNull();
    }

    @Test
    void node_headersNamedByConnection_areNotSent() {
        Headers sent = sent(chat().withHeader("Connection", "close, X-Hop")
                .withHeader("connection", "x-leap")
                .withHeader("X-Hop", "1")
                .withHeader("X-Leap", "2")
                .withHeader("X-Stays", "3"));

        assertThat(sent.names()).doesNotContain("X-Hop", "X-Leap").contains("X-Stays");
        assertThat(sent.values("connection")).doesNotContain("close", "close, X-Hop", "x-leap");
    }

    @Test
    void node_clientsHostLengthAndEncoding_areReplaced() {
        Headers sent = sent(chat().withHeader("Host", "router.example")
                .withHeader("Content-Length", "3")
                .withHeader("Accept-Encoding", "gzip, br"));

        assertThat(sent.values("host")).containsExactly(URI.create(engine.url()).getAuthority());
        assertThat(sent.values("content-length")).containsExactly(Integer.toString(chat().body().length));
        assertThat(sent.values("accept-encoding")).containsExactly("identity");
    }

    @Test
    void node_backendApiKey_replacesTheClients() {
        fleet.router(TestFleet.over(engine.node()).backendApiKey("node-key"))
                .route(chat().withHeader("authorization", "Bearer client"))
                .close();

        assertThat(engine.request().getHeaders().values("authorization")).containsExactly("Bearer node-key");
    }

    @Test
    void node_rankOfAnEngine_isNamedInItsHeader() {
        NodeSpec rank = NodeSpec.of(PlainBackend.NAME, engine.url() + "@3").withModels(FakeEngine.MODEL);

        fleet.router(rank).route(chat().withHeader("X-Data-Parallel-Rank", "7")).close();

        assertThat(engine.request().getHeaders().values("x-data-parallel-rank")).containsExactly("3");
    }

    /** A server reads a header as Latin-1, whatever it was, so what is sent as Latin-1 arrives as the bytes it was. */
    @Test
    void node_headerBeyondAscii_isSentByteForByte() throws Exception {
        RawEngine raw = fleet.rawEngine(connection -> connection.sendJson("{}"));
        String asServersReadIt = new String("café 模型".getBytes(UTF_8), ISO_8859_1);

        fleet.router(raw.node())
                .route(chat().withHeader("X-Title", asServersReadIt))
                .close();

        assertThat(raw.next().head()).containsIgnoringCase("X-Title: " + asServersReadIt + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\0b"})
    void node_headerThatWouldEndItsLine_isRefused(String value) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> sent(chat().withHeader("X-Title", value)));
        assertThat(engine.requestsLeft()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat HTTP/1.1\r\nX-Evil: 1", "/v1/a b", "/v1/a\u0000", "/v1/\u00e9"})
    void node_pathThatNoRequestLineHolds_isRefused(String path) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> sent(InferenceRequest.post(path, chat().body())));
        assertThat(engine.requestsLeft()).isZero();
    }

    @Test
    void client_requestId_isForwardedAndReturned() {
        try (InferenceResponse response = fleet.router(engine.node()).route(chat().withHeader("X-Request-ID", "abc"))) {
            assertThat(engine.request().getHeaders().values("x-request-id")).containsExactly("abc");
            assertThat(response.headers().allValues("x-request-id")).containsExactly("abc");
        }
    }

    @Test
    void client_noRequestId_getsTheOneThatWasMade() {
        try (InferenceResponse response = fleet.router(engine.node()).route(chat())) {
            List<String> sent = engine.request().getHeaders().values("x-request-id");

            assertThat(sent).singleElement().satisfies(id -> assertThat(id).isNotBlank());
            assertThat(response.headers().allValues("x-request-id")).isEqualTo(sent);
        }
    }

    @Test
    void client_nodeReturnsARequestId_getsTheNodes() {
        try (InferenceResponse response = response(respondWith("X-Request-Id", "of-node"))) {
            assertThat(response.headers().allValues("x-request-id")).containsExactly("of-node");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Trailer", "Upgrade", "Connection"})
    void client_headerOfTheConnectionToTheNode_isNotReturned(String name) {
        try (InferenceResponse response = response(respondWith(name, "x"))) {
            assertThat(response.headers().map()).doesNotContainKey(name.toLowerCase(Locale.ROOT));
        }
    }

    @Test
    void client_chunkedResponse_isNotToldSo() {
        MockResponse chunked = new MockResponse.Builder().chunkedBody("data", 2).build();

        try (InferenceResponse response = response(chunked)) {
            assertThat(response.headers().map()).doesNotContainKey("transfer-encoding");
        }
    }

    @Test
    void client_headersNamedByConnection_areNotReturned() {
        MockResponse scripted = respondWith("Connection", "X-Hop, keep-alive")
                .newBuilder()
                .setHeader("X-Hop", "1")
                .setHeader("X-Stays", "2")
                .build();

        try (InferenceResponse response = response(scripted)) {
            assertThat(response.headers().map()).doesNotContainKey("x-hop").containsKey("x-stays");
        }
    }

    @Test
    void client_compressedResponse_isNotTouched() throws Exception {
        MockResponse compressed = respondWith("Content-Encoding", "gzip")
                .newBuilder()
                .body("not really gzip")
                .build();

        try (InferenceResponse response = response(compressed)) {
            assertThat(response.headers().firstValue("content-encoding")).hasValue("gzip");
            assertThat(response.body().readAllBytes()).asString().isEqualTo("not really gzip");
        }
    }

    private Headers sent(InferenceRequest request) {
        fleet.router(engine.node()).route(request).close();
        return engine.request().getHeaders();
    }

    private InferenceResponse response(MockResponse scripted) {
        engine.respondsWith(scripted);
        return fleet.router(engine.node()).route(chat());
    }

    private static MockResponse respondWith(String name, String value) {
        return new MockResponse.Builder().setHeader(name, value).build();
    }
}
