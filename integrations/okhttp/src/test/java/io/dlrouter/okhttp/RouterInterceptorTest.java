package io.dlrouter.okhttp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.Level;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import io.dlrouter.core.FakeEngine;
import io.dlrouter.core.Logged;
import io.dlrouter.core.PlainBackend;
import io.dlrouter.core.RawEngine;
import io.dlrouter.core.TestFleet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterInterceptorTest {
    private static final MediaType JSON = MediaType.get("application/json");
    private static final String CHAT = "{ \"model\":\"m\", \"seed\":9007199254740993, \"messages\":[\"é\"] }";

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeEngine engine = fleet.engine();
    private final Router router = fleet.router(engine.node());
    private final OkHttpClient client = client(RouterInterceptor.of(router));

    @Test
    void call_toTheHost_reachesTheNodeAsItIs() throws IOException {
        Request request = post("http://dlrouter/v1/chat/completions?a=b%20c", CHAT)
                .newBuilder()
                .header("X-Custom", "1")
                .addHeader("X-Custom", "2")
                .header("Authorization", "Bearer key")
                .header("Connection", "close, X-Hop")
                .header("X-Hop", "none of the node's business")
                .build();

        client.newCall(request).execute().close();

        RecordedRequest sent = engine.request();
        assertThat(sent.getTarget()).isEqualTo("/v1/chat/completions?a=b%20c");
        assertThat(FakeEngine.body(sent)).isEqualTo(CHAT);
        assertThat(sent.getHeaders().values("X-Custom")).containsExactly("1", "2");
        assertThat(sent.getHeaders().get("Authorization")).isEqualTo("Bearer key");
        assertThat(sent.getHeaders().get("Content-Type")).isEqualTo("application/json; charset=utf-8");
        assertThat(engine.node().address().url().getAuthority())
                .isEqualTo(sent.getHeaders().get("Host"));
        assertThat(sent.getHeaders().names()).doesNotContain("X-Hop", "Connection");
    }

    @Test
    void response_ofTheNode_comesBackAsItIs() throws IOException {
        engine.respondsWith(new MockResponse.Builder()
                .code(418)
                .setHeader("Content-Type", "text/plain; charset=utf-8")
                .addHeader("X-Twice", "1")
                .addHeader("X-Twice", "2")
                .setHeader("Keep-Alive", "timeout=5")
                .body("too short and stout")
                .build());
        long before = System.currentTimeMillis();

        try (Response response = client.newCall(chat()).execute()) {
            assertThat(response.code()).isEqualTo(418);
            assertThat(response.protocol()).isEqualTo(Protocol.HTTP_1_1);
            assertThat(response.headers("X-Twice")).containsExactly("1", "2");
            assertThat(response.header("Keep-Alive")).isNull();
            assertThat(response.body().contentType()).isEqualTo(MediaType.get("text/plain; charset=utf-8"));
            assertThat(response.body().contentLength()).isEqualTo(19);
            assertThat(response.body().string()).isEqualTo("too short and stout");
            assertThat(response.sentRequestAtMillis()).isBetween(before, response.receivedResponseAtMillis());
        }
    }

    /** The engine sends these characters as bytes: the first value is UTF-8, the second is not. */
    @ParameterizedTest
    @ValueSource(strings = {"caf\u00c3\u00a9 \u00e2\u0082\u00ac", "caf\u00e9"})
    void response_withHeaderThatIsNotAscii_isThatOfADirectCall(String name) throws IOException {
        RawEngine raw = fleet.rawEngine(
                connection -> connection.send("HTTP/1.1 200 OK\r\nX-Name: " + name + "\r\nContent-Length: 0\r\n\r\n"));
        OkHttpClient routed = client(RouterInterceptor.of(fleet.router(raw.node())));
        Request direct = post(raw.node().address().url() + "/v1/chat/completions", CHAT);

        try (Response response = routed.newCall(chat()).execute();
                Response expected = new OkHttpClient().newCall(direct).execute()) {
            assertThat(response.header("X-Name")).startsWith("caf").isEqualTo(expected.header("X-Name"));
        }
    }

    @Test
    void call_withHeaderThatIsNotAscii_reachesTheNodeAsItIs() throws IOException {
        client.newCall(named("X-Name", "caf\u00e9 5 \u20ac", CHAT)).execute().close();

        assertThat(engine.request().getHeaders().get("X-Name")).isEqualTo("caf\u00e9 5 \u20ac");
    }

    @Test
    void error_forARequestIdThatIsNotAscii_namesIt() throws IOException {
        try (Response response = client.newCall(named("X-Request-Id", "caf\u00e9 5 \u20ac", "no JSON"))
                .execute()) {
            assertThat(response.code()).isEqualTo(400);
            assertThat(response.header("X-Request-Id")).isEqualTo("caf\u00e9 5 \u20ac");
        }
    }

    @Test
    void explanation_askedFor_isThatOfTheGateway() throws IOException {
        engine.respondsWith(new MockResponse.Builder()
                .setHeader("x-dlrouter-decision", "forged")
                .body("{}")
                .build());

        try (Response response =
                client.newCall(named("x-dlrouter-explain", "1", CHAT)).execute()) {
            assertThat(response.headers("x-dlrouter-decision"))
                    .singleElement()
                    .asString()
                    .startsWith("{\"strategy\":\"round_robin\",\"role\":\"hybrid\",\"choice\":\""
                            + engine.node().address() + "\"");
        }
        try (Response response = client.newCall(chat()).execute()) {
            assertThat(response.header("x-dlrouter-decision")).isNull();
        }
    }

    private static Request named(String header, String value, String json) {
        Request request = post("http://dlrouter/v1/chat/completions", json);
        return request.newBuilder()
                .headers(new Headers.Builder().addUnsafeNonAscii(header, value).build())
                .build();
    }

    @Test
    void error_ofAPlugin_isLoggedAndReturnedAsByTheGateway() {
        NodeSpec broken = NodeSpec.of(PlainBackend.NAME, "http://127.0.0.1:1" + PlainBackend.NO_HEADERS)
                .withModels(FakeEngine.MODEL);
        OkHttpClient failing = client(RouterInterceptor.of(fleet.router(broken)));

        assertThat(Logged.by(RouterInterceptor.class, () -> {
                    try (Response response =
                            failing.newCall(named("X-Request-Id", "r-1", CHAT)).execute()) {
                        assertThat(response.code()).isEqualTo(500);
                        assertThat(response.header("X-Request-Id")).isEqualTo("r-1");
                        assertThat(response.header("x-dlrouter-error")).isEqualTo("internal_error");
                        assertThat(response.body().string())
                                .endsWith("\"type\":\"server_error\",\"param\":null,\"code\":\"internal_error\"}}");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getLevel()).isEqualTo(Level.ERROR);
                    assertThat(event.getFormattedMessage()).contains("/v1/chat/completions");
                    assertThat(event.getThrowableProxy().getMessage()).startsWith("no headers for ");
                });
    }

    @ParameterizedTest
    @CsvSource({"429, , 1", "503, 7, 7", "400, , "})
    void response_ofANodeThatIsFull_saysWhenToComeAgain(int status, String given, String told) throws IOException {
        MockResponse full = FakeEngine.json(status, "{}");
        engine.respondsWith(
                given == null
                        ? full
                        : full.newBuilder().setHeader("Retry-After", given).build());

        try (Response response = client.newCall(chat()).execute()) {
            assertThat(response.code()).isEqualTo(status);
            assertThat(response.header("Retry-After")).isEqualTo(told);
        }
    }

    @Test
    void response_withoutBodyThatNamesALength_isEmpty() throws IOException {
        RawEngine raw = fleet.rawEngine(
                connection -> connection.send("HTTP/1.1 204 No Content\r\nContent-Length: none\r\n\r\n"));

        try (Response response = client(RouterInterceptor.of(fleet.router(raw.node())))
                .newCall(chat())
                .execute()) {
            assertThat(response.code()).isEqualTo(204);
            assertThat(response.body().bytes()).isEmpty();
        }
    }

    @Test
    void call_toAnotherHost_isLeftAlone() throws IOException {
        try (MockWebServer elsewhere = new MockWebServer()) {
            elsewhere.enqueue(new MockResponse.Builder().body("elsewhere").build());
            elsewhere.start();

            try (Response response = client.newCall(
                            post(elsewhere.url("/v1/chat/completions").toString(), CHAT))
                    .execute()) {
                assertThat(response.body().string()).isEqualTo("elsewhere");
            }
        }
        assertThat(engine.requestsLeft()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://Models.internal/", "http://models.internal:8080/"})
    void call_toTheHostThatWasNamed_isRouted(String base) throws IOException {
        OkHttpClient other = client(RouterInterceptor.of(router, "models.Internal"));

        try (Response response =
                other.newCall(post(base + "/v1//chat/completions", CHAT)).execute()) {
            assertThat(response.code()).isEqualTo(200);
        }
        assertThat(engine.request().getTarget()).isEqualTo("/v1/chat/completions");
    }

    @Test
    void of_hostThatIsNone_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> RouterInterceptor.of(router, "http://dlrouter"));
    }

    @Test
    void body_thatCanBeWrittenOnce_isWrittenOnce() throws IOException {
        List<String> texts = new ArrayList<>(List.of(CHAT));
        RequestBody oneShot = new RequestBody() {
            @Override
            public MediaType contentType() {
                return JSON;
            }

            @Override
            public boolean isOneShot() {
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.writeUtf8(texts.remove(0));
            }
        };

        client.newCall(chat().newBuilder().post(oneShot).build()).execute().close();

        assertThat(engine.requestBody()).isEqualTo(CHAT);
    }

    @Test
    void body_duplex_isRefused() {
        RequestBody duplex = new RequestBody() {
            @Override
            public MediaType contentType() {
                return JSON;
            }

            @Override
            public boolean isDuplex() {
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) {
                throw new AssertionError("nothing is to be written");
            }
        };

        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() ->
                        client.newCall(chat().newBuilder().post(duplex).build()).execute())
                .withMessageContaining("duplex");
    }

    @Test
    void models_asked_areThoseOfTheNodes() throws IOException {
        try (Response response = get("/v1/models")) {
            assertThat(response.code()).isEqualTo(200);
            assertThat(response.body().contentType()).isEqualTo(JSON);
            assertThat(response.body().string())
                    .startsWith("{\"object\":\"list\",\"data\":[{\"id\":\"m\",\"object\":\"model\",\"created\":")
                    .endsWith("\"owned_by\":\"dlrouter\"}]}");
        }
    }

    @Test
    void model_asked_isItsCardOrNotFound() throws IOException {
        try (Response known = get("/v1/models/m");
                Response unknown = get("/v1/models/org%2Fother")) {
            assertThat(known.code()).isEqualTo(200);
            assertThat(known.body().string()).startsWith("{\"id\":\"m\"");
            assertThat(unknown.code()).isEqualTo(404);
            assertThat(unknown.body().string()).contains("org/other", "model_not_found");
        }
    }

    @Test
    void storedResponse_unknown_isNotFoundInOpenAisShape() throws IOException {
        try (Response response = get("/v1/responses/resp_1")) {
            assertThat(response.code()).isEqualTo(404);
            assertThat(response.header("x-dlrouter-error")).isEqualTo("response_not_found");
        }
    }

    @Test
    void models_askedForHeadOnly_haveNoBody() throws IOException {
        Request head =
                new Request.Builder().url("http://dlrouter/v1/models").head().build();

        try (Response response = client.newCall(head).execute()) {
            assertThat(response.code()).isEqualTo(200);
            assertThat(response.body().bytes()).isEmpty();
        }
    }

    @Test
    void error_ofTheRouter_hasOpenAisShape() throws IOException {
        Request request = post("http://dlrouter/v1/chat/completions", "{\"model\":\"other\"}")
                .newBuilder()
                .header("X-Request-Id", "r-1")
                .build();

        try (Response response = client.newCall(request).execute()) {
            assertThat(response.code()).isEqualTo(404);
            assertThat(response.header("x-dlrouter-error")).isEqualTo("model_not_found");
            assertThat(response.header("X-Request-Id")).isEqualTo("r-1");
            assertThat(response.header("Retry-After")).isNull();
            assertThat(response.body().contentType()).isEqualTo(JSON);
            assertThat(response.body().string())
                    .startsWith("{\"error\":{\"message\":\"")
                    .endsWith("\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}");
        }
    }

    @Test
    void error_routerClosedBefore_saysSo() throws IOException {
        router.close();

        try (Response response = client.newCall(chat()).execute()) {
            assertThat(response.code()).isEqualTo(503);
            assertThat(response.header("x-dlrouter-error")).isEqualTo("shutting_down");
            assertThat(response.header("Retry-After")).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/chat/completions, 405, method_not_allowed, POST",
        "PUT, /tokenize, 405, method_not_allowed, POST",
        "POST, /v1/models, 405, method_not_allowed, 'GET, HEAD'",
        "POST, /v1/models/, 405, method_not_allowed, 'GET, HEAD'",
        "POST, /terminate, 404, not_found,",
        "POST, /v1/load_lora_adapter, 404, not_found,",
        "POST, /v1/load_lor%61_adapter, 404, not_found,",
        "POST, /v1%2Fload_lora_adapter, 400, invalid_request,",
        "POST, /v1/x/..%2F..%2Fsleep, 400, invalid_request,",
        "POST, /v1/x/%2e%2e%5Csleep, 400, invalid_request,",
        "POST, /v1/x/%252e%252e/sleep, 400, invalid_request,",
        "POST, /v1/x/..;/sleep, 400, invalid_request,",
        "POST, /v1/completions%00, 400, invalid_request,",
        "POST, /v1/x/%2e%2e/../sleep, 404, not_found,",
        "GET, /, 404, not_found,",
    })
    void call_notToBeRouted_getsThatResponse(String method, String path, int status, String code, String allowed)
            throws IOException {
        Request request = new Request.Builder()
                .url("http://dlrouter" + path)
                .method(method, method.equals("GET") ? null : RequestBody.create(CHAT, JSON))
                .build();

        try (Response response = client.newCall(request).execute()) {
            assertThat(response.code()).isEqualTo(status);
            assertThat(response.header("Allow")).isEqualTo(allowed);
            assertThat(response.body().string()).contains("\"code\":\"" + code + "\"");
        }
        assertThat(engine.requestsLeft()).isZero();
    }

    private Response get(String path) throws IOException {
        return client.newCall(
                        new Request.Builder().url("http://dlrouter" + path).build())
                .execute();
    }

    private static OkHttpClient client(RouterInterceptor interceptor) {
        return new OkHttpClient.Builder().addInterceptor(interceptor).build();
    }

    private static Request chat() {
        return post("http://dlrouter/v1/chat/completions", CHAT);
    }

    private static Request post(String url, String json) {
        return new Request.Builder()
                .url(url)
                .post(RequestBody.create(json.getBytes(UTF_8), MediaType.get("application/json; charset=utf-8")))
                .build();
    }
}
