package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.TEXT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CompletionTest {
    @ParameterizedTest
    @EnumSource
    void chat_plain_answersTokensAndUsage(EngineKind kind) throws Exception {
        try (SimulatedEngine engine = engine(kind)) {
            HttpResponse<String> response = new ApiClient(engine).post(CHAT, chat(""));

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
            assertThat(response.headers().firstValue("x-engine")).hasValue("e");
            assertThat(response.body())
                    .contains("\"content\":\" token0 token1\"", "\"finish_reason\":\"stop\"")
                    .contains("\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":2,\"total_tokens\":4}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"max_tokens\":3,", "\"max_tokens\":9,\"max_completion_tokens\":3,"})
    void chat_limited_saysSoManyTokens(String limit) throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.VLLM)) {
            assertThat(new ApiClient(engine).post(CHAT, chat(limit)).body())
                    .contains(" token0 token1 token2\"", "\"finish_reason\":\"length\"", "\"completion_tokens\":3");
        }
    }

    @Test
    void chat_severalChoicesWithLogprobs_givesEachItsIndexAndNumbers() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.VLLM)) {
            assertThat(new ApiClient(engine)
                            .post(CHAT, chat("\"n\":2,\"logprobs\":true,\"top_logprobs\":2,"))
                            .body())
                    .contains("{\"index\":0,", "{\"index\":1,", "\"completion_tokens\":4")
                    .contains("{\"token\":\" token1\",\"logprob\":-0.125,")
                    .contains("{\"token\":\" token1_1\",\"logprob\":-1.125,");
        }
    }

    @Test
    void chat_withTools_callsTheFirst() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.VLLM)) {
            ApiClient client = new ApiClient(engine);
            String tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}],";

            assertThat(client.post(CHAT, chat(tools)).body())
                    .contains("{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\": \\\"Paris\\\"}\"}")
                    .contains("\"content\":null", "\"finish_reason\":\"tool_calls\"");
            assertThat(client.post(CHAT, chat(tools + "\"tool_choice\":\"none\","))
                            .body())
                    .contains("\"content\":\" token0");
            assertThat(data(client.post(CHAT, chat(tools + "\"stream\":true,"))))
                    .anySatisfy(event -> assertThat(event)
                            .contains("\"id\":\"call_0\"", "{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\"}"))
                    .anySatisfy(event -> assertThat(event)
                            .contains("[{\"index\":0,\"function\":{\"arguments\":\" \\\"Paris\\\"\"}}]"));
        }
    }

    @Test
    void chat_withJsonSchema_answersJson() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.SGLANG)) {
            String format =
                    "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{}}},";
            assertThat(new ApiClient(engine).post(CHAT, chat(format)).body())
                    .contains("\"content\":\"{\\\"answer\\\":\\\"42\\\"}\"");
        }
    }

    @Test
    void text_plainWithLogprobs_answersChoicePerPrompt() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.VLLM)) {
            assertThat(new ApiClient(engine)
                            .post(TEXT, "{\"model\":\"m\",\"prompt\":[\"a b\",\"c\"],\"logprobs\":1}")
                            .body())
                    .contains("\"object\":\"text_completion\"", "{\"index\":1,\"text\":\" token0 token1\"")
                    .contains("\"text_offset\":[0,7],\"token_logprobs\":[0.0,-0.125]")
                    .contains("\"prompt_tokens\":3,\"completion_tokens\":4");
        }
    }

    @Test
    void chat_streamedByVllm_opensWithRoleAndEndsWithUsageAndDone() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.VLLM)) {
            HttpResponse<String> response = new ApiClient(engine)
                    .post(CHAT, chat("\"stream\":true,\"stream_options\":{\"include_usage\":true},"));

            assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
            List<String> events = data(response);
            assertThat(events).hasSize(6);
            assertThat(events.get(0)).contains("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}");
            assertThat(events.get(1))
                    .contains("\"delta\":{\"content\":\" token0\"}")
                    .doesNotContain("usage");
            assertThat(events.get(2)).contains("\"delta\":{\"content\":\" token1\"}");
            assertThat(events.get(3)).contains("\"delta\":{}", "\"finish_reason\":\"stop\"");
            assertThat(events.get(4)).contains("\"choices\":[],\"usage\":{\"prompt_tokens\":2,");
            assertThat(events.get(5)).isEqualTo("[DONE]");
        }
    }

    @Test
    void chat_streamedByLmdeploy_hasRoleInEachDeltaAndNullUsage() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.LMDEPLOY)) {
            List<String> events = data(new ApiClient(engine)
                    .post(CHAT, chat("\"stream\":true,\"stream_options\":{\"include_usage\":true},")));

            assertThat(events).hasSize(5);
            assertThat(events.subList(0, 3))
                    .allSatisfy(event -> assertThat(event).contains("{\"role\":\"assistant\"", "\"usage\":null"));
        }
    }

    @Test
    void text_streamed_sendsTextPartsWithoutUsage() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.SGLANG)) {
            List<String> events =
                    data(new ApiClient(engine).post(TEXT, "{\"model\":\"m\",\"prompt\":\"a\",\"stream\":true}"));

            assertThat(events).hasSize(4);
            assertThat(events.get(1)).contains("{\"index\":0,\"text\":\" token1\"");
            assertThat(events.get(3)).isEqualTo("[DONE]");
        }
    }

    @Test
    void generate_byLmdeployAndSglang_needsNoModel() throws Exception {
        try (SimulatedEngine lmdeploy = engine(EngineKind.LMDEPLOY);
                SimulatedEngine sglang = engine(EngineKind.SGLANG);
                SimulatedEngine vllm = engine(EngineKind.VLLM)) {
            assertThat(new ApiClient(lmdeploy)
                            .post("/generate", "{\"prompt\":\"a\",\"max_tokens\":1}")
                            .body())
                    .startsWith("{\"text\":\" token0\",\"output_ids\":[0],");
            assertThat(data(new ApiClient(sglang)
                            .post(
                                    "/generate",
                                    "{\"text\":\"a\",\"sampling_params\":{\"max_new_tokens\":2},\"stream\":true}")))
                    .hasSize(3)
                    .anySatisfy(event -> assertThat(event).contains("\" token0 token1\"", "{\"type\":\"length\"}"));
            assertThat(new ApiClient(vllm)
                            .post("/generate", "{\"prompt\":\"a\"}")
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void generate_ofSeveralPromptsAndSamples_answersAListOrEventsWithAnIndex() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.SGLANG)) {
            String batch = "{\"text\":[\"a\",\"b c\"],\"sampling_params\":{\"n\":2,\"max_new_tokens\":1}";
            String whole = new ApiClient(engine).post("/generate", batch + "}").body();
            List<String> events = data(new ApiClient(engine).post("/generate", batch + ",\"stream\":true}"));

            assertThat(whole).startsWith("[{\"text\":\" token0\",").endsWith("\"index\":3}]");
            assertThat(whole.split("\"prompt_tokens\":2,", -1)).hasSize(3);
            assertThat(events).hasSize(5);
            assertThat(events.get(2)).contains("\"prompt_tokens\":2,").endsWith("\"index\":2}");
        }
    }

    @Test
    void generate_ofAHybridWithLogprobs_hasThoseOfPromptAndAnswer() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.SGLANG)) {
            String body = "{\"input_ids\":[5,6],\"return_logprob\":true}";

            assertThat(new ApiClient(engine).post("/generate", body).body())
                    .contains("\"input_token_logprobs\":[[0.0,0,null],[-0.125,1,null]],\"output_token_logprobs\":[[")
                    .doesNotContain("top_logprobs");
        }
    }

    @Test
    void stream_paced_takesItsTimeAndSendsHeadAtOnce() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
                        .model("m")
                        .tokens(3)
                        .timeToFirstToken(Duration.ofMillis(200))
                        .timePerToken(Duration.ofMillis(50))
                        .start();
                RawClient client = new RawClient(engine)) {
            long start = System.nanoTime();
            client.send(RawClient.post(CHAT, chat("\"stream\":true,")));
            client.readUntil("\r\n\r\n");
            Duration head = Duration.ofNanos(System.nanoTime() - start);
            client.readUntil("[DONE]\n\n\r\n0\r\n\r\n");
            Duration whole = Duration.ofNanos(System.nanoTime() - start);

            assertThat(head).isLessThan(Duration.ofMillis(190));
            assertThat(whole).isBetween(Duration.ofMillis(300), Duration.ofSeconds(3));
        }
    }

    @Test
    void stream_ofSglang_holdsHeadUntilFirstToken() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.SGLANG)
                        .model("m")
                        .timeToFirstToken(Duration.ofMillis(150))
                        .start();
                RawClient client = new RawClient(engine)) {
            long start = System.nanoTime();
            client.send(RawClient.post(CHAT, chat("\"stream\":true,")));
            client.readUntil("\r\n\r\n");

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(150));
        }
    }

    private static SimulatedEngine engine(EngineKind kind) {
        return SimulatedEngine.builder(kind).name("e").model("m").tokens(2).start();
    }

    private static List<String> data(HttpResponse<String> response) throws IOException {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).endsWith("\n\n");
        return List.of(response.body().split("\n\n")).stream()
                .map(event -> event.replaceFirst("^data: ", ""))
                .toList();
    }
}
