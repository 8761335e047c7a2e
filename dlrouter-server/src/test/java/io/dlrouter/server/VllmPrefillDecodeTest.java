package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import io.dlrouter.simulator.SimulatedEngineBuilder;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Prefill/Decode fleet of vLLM through the gateway, over NIXL and P2P NCCL. */
class VllmPrefillDecodeTest {
    private final PrefillDecodeFleet fleet = new PrefillDecodeFleet(EngineKind.VLLM);

    @AfterEach
    void stop() throws Exception {
        try {
            fleet.assertNothingLeft();
        } finally {
            fleet.close();
        }
    }

    @Test
    void openAiClient_plainAndStreamed_seesOneEngineThatCountsRight() throws Exception {
        SimulatedEngine prefill = fleet.prefill(engine().prefill());
        fleet.decode(engine().decode().returnsTransferParams());
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(fleet.gateway().server.url() + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .build();
        ChatCompletionCreateParams chat = ChatCompletionCreateParams.builder()
                .model("demo")
                .addUserMessage("Tell me of it")
                .maxCompletionTokens(3)
                .build();
        ChatCompletionCreateParams streamed = chat.toBuilder()
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();

        ChatCompletion plain = client.chat().completions().create(chat);
        List<ChatCompletionChunk> chunks;
        try (StreamResponse<ChatCompletionChunk> response =
                client.chat().completions().createStreaming(streamed)) {
            chunks = response.stream().toList();
        }

        assertThat(plain.choices().get(0).message().content()).hasValue(" token0 token1 token2");
        assertThat(text(chunks)).isEqualTo(" token0 token1 token2");
        assertThat(Stream.of(
                        plain.usage().orElseThrow(),
                        chunks.get(chunks.size() - 1).usage().orElseThrow()))
                .allSatisfy(usage -> {
                    assertThat(usage.promptTokens()).isEqualTo(4);
                    assertThat(usage.completionTokens()).isEqualTo(3);
                    assertThat(usage.totalTokens()).isEqualTo(7);
                    assertThat(usage.promptTokensDetails().orElseThrow().cachedTokens())
                            .hasValue(0L);
                });
        assertThat(prefill.kv().pulled()).isEqualTo(prefill.kv().issued()).isPositive();
    }

    private static String text(List<ChatCompletionChunk> chunks) {
        return chunks.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .flatMap(choice -> choice.delta().content().stream())
                .reduce("", String::concat);
    }

    @ParameterizedTest
    @ValueSource(strings = {CHAT, STREAM_WITH_USAGE_IN_EVERY_EVENT})
    void response_ofDecode_hasNothingOfTheTransfer(String body) throws Exception {
        fleet.prefill(engine().prefill());
        fleet.decode(engine().decode().returnsTransferParams());

        HttpResponse<String> response = fleet.gateway().post(ROUTE, body, "X-Request-Id", "mine");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().allValues("x-request-id")).containsExactly("mine");
        assertThat(response.body())
                .doesNotContain("kv_transfer_params", "remote_host", "127.0.0.1")
                .doesNotContain("\"cached_tokens\":4")
                .contains("\"cached_tokens\":0");
    }

    private static final String STREAM_WITH_USAGE_IN_EVERY_EVENT =
            "{\"model\":\"demo\",\"stream\":true,\"stream_options\":{\"include_usage\":true,"
                    + "\"continuous_usage_stats\":true},\"messages\":[{\"role\":\"user\",\"content\":\"Tell me of it\"}]}";

    @Test
    void request_ofAClientThatNamesParametersItself_reachesNoEngineWithThem() throws Exception {
        SimulatedEngine prefill = fleet.prefill(engine().prefill());
        SimulatedEngine decode = fleet.decode(engine().decode());
        String wicked = CHAT.replace(
                "{\"model\"",
                "{\"kv_transfer_params\":{\"remote_host\":\"10.9.9.9\"},\"min_tokens\":2,\"seed\":16.0,\"model\"");

        assertThat(fleet.gateway().post(ROUTE, wicked).statusCode()).isEqualTo(200);

        assertThat(only(prefill).text() + only(decode).text())
                .doesNotContain("10.9.9.9")
                .contains("\"seed\":16.0");
        assertThat(only(decode).text()).contains("\"min_tokens\":2");
        assertThat(only(prefill).header("x-request-id"))
                .isEqualTo(only(decode).header("x-request-id"))
                .isPresent();
    }

    private static RecordedRequest only(SimulatedEngine engine) {
        List<RecordedRequest> requests = engine.requests(ROUTE);
        assertThat(requests).hasSize(1);
        return requests.get(0);
    }

    @Test
    void roundRobin_twoNodesOfEachRole_allGetAnEqualShare() throws Exception {
        for (int i = 0; i < 2; i++) {
            fleet.prefill(engine().prefill());
            fleet.decode(engine().decode());
        }
        Gateway gateway = fleet.gateway();

        for (int i = 0; i < 20; i++) {
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        }

        assertThat(Stream.of(fleet.prefills, fleet.decodes).flatMap(List::stream))
                .allSatisfy(engine -> assertThat(engine.requests(ROUTE)).hasSize(10));
    }

    @Test
    void dataParallelSize_two_givesEachRankItsShareAndProbesTheEngineOnce() throws Exception {
        SimulatedEngine prefill = fleet.prefill(engine().prefill().dataParallelSize(2));
        SimulatedEngine decode = fleet.decode(engine().decode().dataParallelSize(2));
        Gateway gateway = fleet.gateway("--intra_node_data_parallel_size", "2");

        for (int i = 0; i < 4; i++) {
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        }

        assertThat(gateway.nodes())
                .containsOnlyKeys(prefill.url() + "@0", prefill.url() + "@1", decode.url() + "@0", decode.url() + "@1");
        assertThat(List.of(
                        prefill.requestsOfRank(0),
                        prefill.requestsOfRank(1),
                        decode.requestsOfRank(0),
                        decode.requestsOfRank(1)))
                .containsOnly(2L);
        assertThat(prefill.requests("/health")).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void dataParallelSize_ranksNumberedOverAllEngines_areThoseFromTheUrlsRankOn() throws Exception {
        SimulatedEngine prefill = fleet.prefill(engine().prefill());
        try (SimulatedEngine first = engine().decode()
                        .dataParallelSize(2)
                        .firstDataParallelRank(0)
                        .start();
                SimulatedEngine second = engine().decode()
                        .dataParallelSize(2)
                        .firstDataParallelRank(2)
                        .start();
                Gateway gateway = Gateway.start(
                        "--backend",
                        "vllm",
                        "--serving_strategy",
                        "distserve",
                        "--routing_strategy",
                        "round_robin",
                        "--prefill_urls",
                        prefill.url(),
                        "--decode_urls",
                        first.url() + "," + second.url() + "@2",
                        "--decode_intra_node_data_parallel_size",
                        "2",
                        "--models",
                        "demo")) {
            for (int i = 0; i < 8; i++) {
                assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            }

            assertThat(List.of(
                            first.requestsOfRank(0),
                            first.requestsOfRank(1),
                            second.requestsOfRank(2),
                            second.requestsOfRank(3)))
                    .containsOnly(2L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"n\":2", "\"prompt_logprobs\":1"})
    void request_thatCannotBeSplit_isDecodedAlone(String member) throws Exception {
        fleet.prefill(engine().prefill());
        SimulatedEngine decode = fleet.decode(engine().decode());

        HttpResponse<String> response =
                fleet.gateway().post(ROUTE, CHAT.replace("{\"model\"", "{" + member + ",\"model\""));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(PrefillDecodeFleet.requests(fleet.prefills)).isZero();
        assertThat(decode.kv().localPrefills()).isEqualTo(1);
    }

    @Test
    void prompt_shorterThanPdMinPromptTokens_isDecodedAlone() throws Exception {
        fleet.prefill(engine().prefill());
        SimulatedEngine decode = fleet.decode(engine().decode());
        Gateway gateway = fleet.gateway("--pd_min_prompt_tokens", "100");

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        assertThat(gateway.post(ROUTE, CHAT.replace("it", "it ".repeat(200))).statusCode())
                .isEqualTo(200);

        assertThat(PrefillDecodeFleet.requests(fleet.prefills)).isEqualTo(1);
        assertThat(decode.kv().localPrefills()).isEqualTo(1);
    }

    @Test
    void prefill_withoutACache_isCountedAndDecodeReadsThePrompt() throws Exception {
        SimulatedEngine prefill = fleet.prefill(engine().prefill().withoutTransferParams());
        SimulatedEngine decode = fleet.decode(engine().decode());
        Gateway gateway = fleet.gateway();

        assertThat(gateway.post(ROUTE, STREAM).body()).endsWith("data: [DONE]\n\n");

        assertThat(gateway.nodes().get(prefill.url())).containsEntry("handovers_missed", 1.0);
        assertThat(gateway.nodes().get(decode.url())).containsEntry("handovers_missed", 0.0);
        assertThat(decode.kv().localPrefills()).isEqualTo(1);
    }

    @Test
    void otherRoutes_overNixl_areServedByDecodeAlone() throws Exception {
        SimulatedEngine prefill = fleet.prefill(engine().prefill());
        SimulatedEngine decode = fleet.decode(engine().decode());
        Gateway gateway = fleet.gateway();
        String form = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ndemo\r\n--b--\r\n";

        HttpResponse<String> embeddings = gateway.post("/v1/embeddings", "{\"model\":\"demo\",\"input\":\"x\"}");
        HttpResponse<String> transcription =
                gateway.post("/v1/audio/transcriptions", form, "Content-Type", "multipart/form-data; boundary=b");
        HttpResponse<String> version = gateway.get("/version");

        assertThat(List.of(embeddings.statusCode(), transcription.statusCode(), version.statusCode()))
                .containsOnly(200);
        assertThat(decode.requests("/v1/embeddings")).hasSize(1);
        assertThat(decode.requests("/v1/audio/transcriptions")).hasSize(1);
        assertThat(prefill.requests("/v1/embeddings")).isEmpty();
        assertThat(prefill.requests("/v1/audio/transcriptions")).isEmpty();
    }

    @Test
    void heartbeats_ofInstancesOverNccl_addThemUntilTheyStop() throws Exception {
        Gateway gateway;
        int port;
        try (HeartbeatPort bound = new HeartbeatPort()) {
            gateway = listening(0, "--heartbeat_expiration", "1s");
            port = bound.await();
        }
        SimulatedEngine prefill =
                fleet.prefill(announcing(port).zmqAddress("127.0.0.1:14579").prefill());
        assertThat(gateway.get("/ready").statusCode()).isEqualTo(503);
        fleet.decode(announcing(port).zmqAddress("127.0.0.1:14580").decode());
        Await.until(() -> gateway.get("/ready").statusCode() == 200);

        HttpResponse<String> response = gateway.post(ROUTE, STREAM, "X-Request-Id", "mine");
        HttpResponse<String> samples = gateway.post(ROUTE, CHAT.replace("{\"model\"", "{\"n\":2,\"model\""));

        assertThat(response.body()).endsWith("data: [DONE]\n\n");
        assertThat(response.headers().allValues("x-request-id")).containsExactly("mine");
        assertThat(only(prefill).header("x-request-id"))
                .hasValueSatisfying(id -> assertThat(id)
                        .matches("___prefill_addr_127.0.0.1:14579___decode_addr_127.0.0.1:14580_[0-9a-f]{32}"));
        assertThat(samples.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(samples, "param")).isEqualTo("n");

        prefill.stop();

        Await.until(() -> gateway.nodes().size() == 1);
        assertThat(gateway.get("/ready").statusCode()).isEqualTo(503);
        prefill.restart();
        Await.until(() -> gateway.get("/ready").statusCode() == 200);
    }

    @Test
    void heartbeats_portInUse_gatewayServesAndTriesAgain() throws Exception {
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Gateway gateway;
        try (taken) {
            gateway = listening(taken.getLocalPort());
            assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
            assertThat(gateway.get("/ready").statusCode()).isEqualTo(503);
        }
        fleet.prefill(announcing(taken.getLocalPort()).prefill());
        fleet.decode(announcing(taken.getLocalPort()).decode());

        Await.until(() -> gateway.get("/ready").statusCode() == 200);
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
    }

    private Gateway listening(int port, String... arguments) throws Exception {
        Stream<String> options = Stream.of(
                "--serving_strategy",
                "distserve",
                "--zmq_host",
                "127.0.0.1",
                "--zmq_port",
                Integer.toString(port),
                "--health_check_interval",
                "200ms");
        return fleet.started(
                Gateway.start(Stream.concat(options, Stream.of(arguments)).toArray(String[]::new)));
    }

    private SimulatedEngineBuilder engine() {
        return fleet.engine();
    }

    private SimulatedEngineBuilder announcing(int port) {
        return engine().heartbeatsTo("127.0.0.1:" + port).heartbeatInterval(Duration.ofMillis(200));
    }
}
