package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.split;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import io.dlrouter.core.json.ParsedJson;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes to the nodes when nothing fails, and what the client gets. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoStageResponseTest {
    private static final String KV = "{ \"host\" : \"10.0.0.1\",\"blocks\":[[1 ,2.0],[]],\"é\":null}";
    private static final String PREFILLED = "{\"id\":\"p\",\"kv\":" + KV + " ,\"usage\":{\"prompt_tokens\":7,"
            + "\"completion_tokens\":1,\"total_tokens\":8,\"prompt_tokens_details\":{\"cached_tokens\":4}}}";
    private static final String USAGE = "{\"prompt_tokens\":6,\"completion_tokens\":3,\"total_tokens\":9,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":6}}";
    private static final String MERGED_USAGE = "{\"completion_tokens\":3,\"prompt_tokens\":7,\"total_tokens\":10,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":4}}";

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeEngine prefill = fleet.engine();
    private final FakeEngine decode = fleet.engine();
    private Router router;

    @BeforeEach
    void setUp() {
        router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));
    }

    @Test
    void split_request_goesToEachNodeWithItsEditsAndElseByteForByte() throws IOException {
        prefill.respondsWith(json(200, PREFILLED));

        read(router.route(chat("{ \"model\":\"m\" , \"seed\":18446744073709551616,\"prompt\":\"é\", \"stream\":false,"
                + "\"n\":16.0 }\n")));

        RecordedRequest first = prefill.request();
        assertThat(first.getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(FakeEngine.body(first))
                .isEqualTo("{ \"model\":\"m\" , \"seed\":18446744073709551616,\"prompt\":\"é\", \"n\":16.0,"
                        + "\"prefill\":true }\n");
        assertThat(first.getHeaders().get("X-Decode")).isEqualTo(decode.url());
        RecordedRequest second = decode.request();
        assertThat(second.getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(FakeEngine.body(second))
                .isEqualTo("{ \"model\":\"m\" , \"seed\":18446744073709551616,\"prompt\":\"é\", \"stream\":false,"
                        + "\"n\":16.0,\"kv\":" + KV + " }\n");
        assertThat(second.getHeaders().get("X-Decode")).isNull();
        assertThat(prefill.requestsLeft() + decode.requestsLeft()).isZero();
    }

    @Test
    void split_membersThatOnlyARouterMaySet_reachNeitherNode() throws IOException {
        prefill.respondsWith(json(200, PREFILLED));

        read(router.route(chat("{\"resume_handle\":{\"host\":\"evil\"},\"model\":\"m\",\"kv\":{}}")));

        assertThat(prefill.requestBody()).isEqualTo("{\"model\":\"m\",\"kv\":{},\"prefill\":true}");
        assertThat(decode.requestBody()).isEqualTo("{\"model\":\"m\",\"kv\":" + KV + "}");
    }

    @Test
    void split_plainResponse_isDecodesWithItsUsageMergedAndNothingHidden() throws IOException {
        prefill.respondsWith(json(200, PREFILLED));
        decode.respondsWith(
                json(200, "{\"id\":\"d\",\"kv\":{\"host\":\"10.0.0.2\"},\"n\":16.0,\"usage\":" + USAGE + ",\"é\":1}")
                        .newBuilder()
                        .code(201)
                        .setHeader("X-Engine", "e")
                        .build());

        try (InferenceResponse response = router.route(chat())) {
            byte[] body = response.body().readAllBytes();

            assertThat(response.status()).isEqualTo(201);
            assertThat(response.servedBy()).isEqualTo(decode.node(DECODE));
            assertThat(response.headers().firstValue("x-engine")).hasValue("e");
            assertThat(response.headers().allValues("content-length")).containsExactly(Integer.toString(body.length));
            assertThat(body).asString(UTF_8).startsWith("{\"id\":\"d\",\"n\":16.0,\"é\":1,\"usage\":{");
            assertThat(ParsedJson.object(body).get("usage")).isEqualTo(ParsedJson.object(MERGED_USAGE));
        }
    }

    @Test
    void split_chunkedPlainResponse_getsALength() throws IOException {
        prefill.respondsWith(json(200, PREFILLED));
        decode.respondsWith(new MockResponse.Builder()
                .setHeader("Content-Type", "application/json")
                .chunkedBody("{\"kv\":1,\"a\":2}", 3)
                .build());

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.headers().allValues("content-length")).containsExactly("7");
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{\"a\":2}");
        }
    }

    @Test
    void split_stream_isDecodesWithItsUsageMergedAndNothingHidden() throws IOException {
        String before = ": ping\r\n\r\ndata: {\"choices\":[{\"n\":16.0}]}\n\n";
        String after = "data: [DONE]\n\n";
        prefill.respondsWith(json(200, PREFILLED));
        decode.respondsWith(stream(
                before + "data: {\"kv\":{\"host\":\"10.0.0.2\"}}\n\ndata: {\"usage\":" + USAGE + "}\n\n" + after));

        try (InferenceResponse response = router.route(chat())) {
            String events = new String(response.body().readAllBytes(), UTF_8);

            assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
            assertThat(events)
                    .startsWith(before + "data: {}\n\ndata: {\"usage\":{")
                    .endsWith("}\n\n" + after);
            String usage = events.substring(events.indexOf("{\"usage\""), events.length() - after.length());
            assertThat(ParsedJson.object(usage.strip()).get("usage")).isEqualTo(ParsedJson.object(MERGED_USAGE));
        }
    }

    @Test
    void split_streamOfAnnouncedLength_hasNoneOnceItIsEdited() throws IOException {
        prefill.respondsWith(json(200, PREFILLED));
        decode.respondsWith(new MockResponse.Builder()
                .setHeader("Content-Type", "text/event-stream")
                .body("data: {\"kv\":1}\n\n")
                .build());

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.headers().firstValue("content-length")).isEmpty();
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("data: {}\n\n");
        }
    }

    @Test
    void split_stream_comesEventByEvent() throws IOException {
        CountDownLatch secondWanted = new CountDownLatch(1);
        RawEngine streaming = fleet.rawEngine(connection -> {
            connection.sendStream("data: {\"kv\":1}\n\n");
            secondWanted.await();
            connection.sendChunk("data: {\"kv\":2,\"a\":1}\n\n");
            connection.sendEnd();
        });
        prefill.respondsWith(json(200, PREFILLED));

        try (InferenceResponse response = fleet.router(split(prefill.node(PREFILL), streaming.node(DECODE)))
                .route(chat())) {
            assertThat(response.body().readNBytes(10)).asString(UTF_8).isEqualTo("data: {}\n\n");
            secondWanted.countDown();
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("data: {\"a\":1}\n\n");
        }
    }

    @Test
    void split_clientNamesItsRequest_getsThatNameWhileTheNodesShareAnother() throws IOException {
        prefill.respondsWith(json(200, PREFILLED)).respondsWith(json(200, PREFILLED));
        decode.respondsWith(
                json(200, "{}").newBuilder().setHeader("X-Request-Id", "node's").build());
        InferenceRequest named = chat().withHeader("X-Request-Id", "client's");

        try (InferenceResponse response = router.route(named)) {
            assertThat(response.headers().allValues("x-request-id")).containsExactly("client's");
        }
        read(router.route(named));

        String first = requestId(prefill);
        String second = requestId(prefill);
        assertThat(first).matches("[0-9a-f]{32}").isEqualTo(requestId(decode));
        assertThat(second).matches("[0-9a-f]{32}").isEqualTo(requestId(decode)).isNotEqualTo(first);
    }

    @Test
    void split_clientNamesNoRequest_getsANameThatIsNotTheNodes() {
        prefill.respondsWith(json(200, PREFILLED));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.headers().firstValue("x-request-id"))
                    .isPresent()
                    .get()
                    .isNotEqualTo(requestId(prefill));
        }
    }

    private static String requestId(FakeEngine engine) {
        return Objects.requireNonNull(engine.request().getHeaders().get("X-Request-Id"));
    }

    @Test
    void split_ranksOfEngines_areNamedToEachAndGetTheBackendsKey() throws IOException {
        NodeSpec prefillRank =
                NodeSpec.of(PlainBackend.NAME, prefill.url() + "@3").withModels(FakeEngine.MODEL);
        Router ranks = fleet.router(
                split(prefillRank.withRole(PREFILL), decode.node(DECODE)).backendApiKey("node-key"));
        prefill.respondsWith(json(200, PREFILLED));

        read(ranks.route(chat().withHeader("Authorization", "Bearer client-key")));

        RecordedRequest first = prefill.request();
        assertThat(first.getHeaders().get("X-data-parallel-rank")).isEqualTo("3");
        assertThat(first.getHeaders().get("Authorization")).isEqualTo("Bearer node-key");
        RecordedRequest second = decode.request();
        assertThat(second.getHeaders().get("X-data-parallel-rank")).isNull();
        assertThat(second.getHeaders().get("Authorization")).isEqualTo("Bearer node-key");
    }

    @Test
    void split_requestForDecodeAlone_goesThereAsItIs() throws IOException {
        String body = "{\"model\":\"m\",\"alone\":true}";
        decode.respondsWith(json(200, "{\"kv\":1,\"usage\":" + USAGE + "}"));

        assertThat(read(router.route(chat(body).withHeader("X-Request-Id", "client's"))))
                .isEqualTo("{\"usage\":" + USAGE + "}");

        RecordedRequest request = decode.request();
        assertThat(FakeEngine.body(request)).isEqualTo(body);
        assertThat(request.getHeaders().get("X-Request-Id")).isEqualTo("client's");
        assertThat(prefill.requestsLeft()).isZero();
        assertThat(TestFleet.status(router, prefill.node()).handoversMissed()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"kv\":null,\"usage\":{\"prompt_tokens\":7}}", "{\"usage\":{\"prompt_tokens\":7}}"})
    void split_prefillLeavesNothing_isDecodedWithoutItAndCounted(String prefilled) throws IOException {
        prefill.respondsWith(json(200, prefilled));
        decode.respondsWith(json(200, "{\"usage\":" + USAGE + "}"));

        assertThat(read(router.route(chat()))).isEqualTo("{\"usage\":" + USAGE + "}");

        assertThat(decode.requestBody()).isEqualTo(new String(chat().body(), UTF_8));
        assertThat(TestFleet.status(router, prefill.node()).handoversMissed()).isOne();
        assertThat(TestFleet.status(router, decode.node()).handoversMissed()).isZero();
    }

    @Test
    void split_prefillCountsNothing_leavesUsageAsDecodeSaysIt() throws IOException {
        prefill.respondsWith(json(200, "{\"kv\":{}}"));
        decode.respondsWith(json(200, "{\"usage\":" + USAGE + "}"));

        assertThat(read(router.route(chat()))).isEqualTo("{\"usage\":" + USAGE + "}");
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 400, 404, 422})
    void split_decodeRefuses_passesItThrough(int status) throws IOException {
        String body = "{\"error\":{\"code\":16.0},\"kv\":\"not touched\"}";
        prefill.respondsWith(json(200, PREFILLED));
        decode.respondsWith(
                json(status, body).newBuilder().setHeader("X-Engine", "e").build());

        try (InferenceResponse response = router.route(chat().withHeader("X-Request-Id", "client's"))) {
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.headers().firstValue("x-engine")).hasValue("e");
            assertThat(response.headers().allValues("x-request-id")).containsExactly("client's");
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo(body);
        }
        assertThat(prefill.requestsLeft()).isOne();
        assertThat(decode.requestsLeft()).isOne();
    }

    @Test
    void split_decodeRespondsWithoutJson_passesItThrough() throws IOException {
        prefill.respondsWith(json(200, PREFILLED));
        decode.respondsWith(new MockResponse.Builder().body("not {\"kv\":1}").build());

        assertThat(read(router.route(chat()))).isEqualTo("not {\"kv\":1}");
    }

    private static MockResponse stream(String events) {
        return new MockResponse.Builder()
                .setHeader("Content-Type", "text/event-stream")
                .chunkedBody(events, 5)
                .build();
    }

    private static String read(InferenceResponse response) throws IOException {
        try (response) {
            return new String(response.body().readAllBytes(), UTF_8);
        }
    }
}
