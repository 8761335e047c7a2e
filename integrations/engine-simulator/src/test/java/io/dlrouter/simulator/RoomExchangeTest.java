package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.TEXT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RoomExchangeTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String GENERATE = "/generate";

    private final SimulatedEngine prefill = TwoLegs.engine().prefill().start();
    private final SimulatedEngine decode = TwoLegs.engine().decode().start();

    @AfterEach
    void stop() {
        prefill.close();
        decode.close();
    }

    @Test
    void exchange_plain_saysOneTokenAtPrefillAndAllAtDecode() throws Exception {
        TwoLegs answers = TwoLegs.send(prefill, decode, CHAT, chat(TwoLegs.at(prefill, "9007199254740993")));

        assertThat(answers.prefill().body())
                .contains("\"content\":\" token0\"", "\"finish_reason\":\"length\"")
                .endsWith("\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1,\"total_tokens\":3}}");
        assertThat(answers.decode().body())
                .contains("\"content\":\" token0 token1\"", "\"finish_reason\":\"stop\"")
                .endsWith("\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":2,\"total_tokens\":4}}");
        assertMet(1);
    }

    @Test
    void exchange_streamed_streamsBothLegs() throws Exception {
        String stream = "\"stream\":true,\"stream_options\":{\"include_usage\":true},";
        TwoLegs answers = TwoLegs.send(prefill, decode, CHAT, chat(stream + TwoLegs.at(prefill, "5")));

        assertThat(answers.prefill().headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
        assertThat(events(answers.prefill())).hasSize(5).last().isEqualTo("data: [DONE]");
        assertThat(answers.prefill().body()).contains("\"completion_tokens\":1,");
        assertThat(events(answers.decode())).hasSize(6).last().isEqualTo("data: [DONE]");
        assertMet(1);
    }

    @Test
    void exchange_decodeFirst_waitsForPrefill() throws Exception {
        String body = chat(TwoLegs.at(prefill, "5"));
        CompletableFuture<HttpResponse<String>> early = new ApiClient(decode).postAsync(CHAT, body);
        assertWaits(decode, early);

        assertThat(new ApiClient(prefill).post(CHAT, body).statusCode()).isEqualTo(200);
        assertThat(early.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertMet(1);
    }

    @Test
    void exchange_prefillFirst_waitsForDecode() throws Exception {
        String body = chat(TwoLegs.at(prefill, "5"));
        CompletableFuture<HttpResponse<String>> early = new ApiClient(prefill).postAsync(CHAT, body);
        assertWaits(prefill, early);

        assertThat(new ApiClient(decode).post(CHAT, body).statusCode()).isEqualTo(200);
        assertThat(early.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertMet(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9007199254740992", "9007199254740994"})
    void exchange_ofRoomsThatADoubleCannotTell_meetsInEach(String neighbour) throws Exception {
        TwoLegs.send(prefill, decode, CHAT, chat(TwoLegs.at(prefill, "9007199254740993")));
        TwoLegs answers = TwoLegs.send(prefill, decode, CHAT, chat(TwoLegs.at(prefill, neighbour)));

        assertThat(answers.decode().statusCode()).isEqualTo(200);
        assertMet(2);
    }

    @Test
    void exchange_nullPort_isThatOfEachEngineItself() throws Exception {
        try (SimulatedEngine alike =
                TwoLegs.engine().decode().bootstrapPort(prefill.bootstrapPort()).start()) {
            TwoLegs answers = TwoLegs.send(prefill, alike, CHAT, chat(TwoLegs.members("\"127.0.0.1\"", "null", "0")));

            assertThat(answers.prefill().statusCode()).isEqualTo(200);
            assertThat(answers.decode().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void exchange_withAPrefillEngineOnAllAddresses_takesAnyName() throws Exception {
        try (SimulatedEngine open = TwoLegs.engine().host("0.0.0.0").prefill().start()) {
            String members = TwoLegs.members("\"localhost\"", Integer.toString(open.bootstrapPort()), "5");

            assertThat(TwoLegs.send(open, decode, CHAT, chat(members)).decode().statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void exchange_afterARestartOfPrefill_works() throws Exception {
        prefill.stop();
        prefill.restart();

        TwoLegs.send(prefill, decode, CHAT, chat(TwoLegs.at(prefill, "5")));
        assertMet(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /v1/completions | "model":"m","prompt":["a","b c"]
                    /v1/completions | "model":"m","prompt":[[1,2],[3]]
                    /generate       | "text":["a","b c"]
                    /generate       | "input_ids":[[1,2],[3]]
                    """)
    void batch_withARoomForEachPrompt_isAnsweredForEach(String path, String rest) throws Exception {
        String body = "{" + lists(2, "[7,8]") + rest + "}";
        TwoLegs answers = TwoLegs.send(prefill, decode, path, body);

        assertThat(answers.prefill().statusCode()).isEqualTo(200);
        assertThat(answers.decode().body()).contains("\"index\":0", "\"index\":1");
        assertMet(2);
    }

    @Test
    void batch_ofOnePrompt_hasListsOfOne() throws Exception {
        TwoLegs answers =
                TwoLegs.send(prefill, decode, TEXT, "{" + lists(1, "[7]") + "\"model\":\"m\",\"prompt\":[\"a\"]}");

        assertThat(answers.decode().statusCode()).isEqualTo(200);
        assertMet(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /v1/completions | "model":"m","prompt":[1,2,3]
                    /v1/completions | "model":"m","prompt":"a"
                    /generate       | "input_ids":[1,2,3]
                    /generate       | "text":"a"
                    """)
    void prompt_ofTokenIdsOrText_isOne(String path, String rest) throws Exception {
        TwoLegs answers = TwoLegs.send(prefill, decode, path, "{" + TwoLegs.at(prefill, "7") + rest + "}");

        assertThat(answers.decode().statusCode()).isEqualTo(200);
        assertMet(1);
    }

    @Test
    void generate_withLogprobs_hasThoseOfThePromptAtPrefillOnly() throws Exception {
        String body = "{" + TwoLegs.at(prefill, "7")
                + "\"text\":\"a b c\",\"return_logprob\":true,\"top_logprobs_num\":2,"
                + "\"sampling_params\":{\"max_new_tokens\":2}}";
        TwoLegs answers = TwoLegs.send(prefill, decode, GENERATE, body);

        assertThat(answers.prefill().body())
                .startsWith("{\"text\":\" token0\",\"output_ids\":[0],\"meta_info\":{\"prompt_tokens\":3,")
                .contains("\"input_token_logprobs\":[[0.0,0,null],[-0.125,1,null],[-0.25,2,null]]")
                .contains("\"output_token_logprobs\":[[0.0,0,null]]")
                .contains("\"input_top_logprobs\":[[[0.0,0,null],[-1.0,1,null]],");
        assertThat(answers.decode().body())
                .contains("\"input_token_logprobs\":[],\"output_token_logprobs\":[[0.0,0,null],[-0.125,1,null]]")
                .contains("\"input_top_logprobs\":[],\"output_top_logprobs\":[[[0.0,0,null],[-1.0,1,null]],");
    }

    @Test
    void generate_streamedWithLogprobs_hasThemInEachEvent() throws Exception {
        String body = "{" + TwoLegs.at(prefill, "7") + "\"text\":\"a b\",\"return_logprob\":true,\"stream\":true}";
        TwoLegs answers = TwoLegs.send(prefill, decode, GENERATE, body);

        assertThat(events(answers.prefill()))
                .hasSize(2)
                .first()
                .asString()
                .contains("\"input_token_logprobs\":[[0.0,0,null],[-0.125,1,null]]");
        assertThat(events(answers.decode()).subList(0, 2))
                .allSatisfy(event -> assertThat(event)
                        .contains("\"meta_info\":{", "\"input_token_logprobs\":[],")
                        .doesNotContain("top_logprobs"));
    }

    @Test
    void rooms_ofBothEngines_areInTheCounts() throws Exception {
        TwoLegs.send(prefill, decode, CHAT, chat(TwoLegs.at(prefill, "5")));

        assertThat(new ApiClient(prefill).get("/simulator/requests").body())
                .contains("\"rooms\":{\"met\":1,\"leaked\":0,\"waiting\":0,\"ended\":0,\"lost\":0}");
        assertThat(new ApiClient(decode).get("/simulator/requests").body())
                .contains("\"rooms\":{\"met\":1,\"leaked\":0,\"waiting\":0,\"ended\":0,\"lost\":0}");
    }

    private String lists(int prompts, String rooms) {
        return TwoLegs.members(
                list("\"127.0.0.1\"", prompts), list(Integer.toString(prefill.bootstrapPort()), prompts), rooms);
    }

    private static String list(String value, int size) {
        return "[" + (value + ",").repeat(size - 1) + value + "]";
    }

    private static List<String> events(HttpResponse<String> answer) {
        return List.of(answer.body().split("\n\n"));
    }

    private static void assertWaits(SimulatedEngine engine, CompletableFuture<HttpResponse<String>> answer) {
        engine.awaitRooms(rooms -> rooms.waiting() == 1, SOON);
        assertThat(answer).isNotDone();
    }

    private void assertMet(int rooms) {
        assertThat(prefill.rooms()).isEqualTo(decode.rooms()).isEqualTo(new RoomCounts(rooms, 0, 0, 0, 0));
        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
    }
}
