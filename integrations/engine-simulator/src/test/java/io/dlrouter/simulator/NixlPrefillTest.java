package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.TEXT;
import static io.dlrouter.simulator.ApiClient.chat;
import static io.dlrouter.simulator.TwoStages.ID;
import static io.dlrouter.simulator.TwoStages.ORDER;
import static io.dlrouter.simulator.TwoStages.PREFILL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NixlPrefillTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    @Test
    void prefill_asOrdered_answersOneTokenAndParamsAndHoldsBlocks() throws Exception {
        try (SimulatedEngine prefill =
                TwoStages.engine().name("p \"1\"").prefill().start()) {
            HttpResponse<String> answer = TwoStages.post(prefill, PREFILL);

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .contains("\"content\":\" token0\"", "\"finish_reason\":\"length\"")
                    .contains("\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1,\"total_tokens\":3,"
                            + "\"prompt_tokens_details\":{\"cached_tokens\":0}}");
            assertThat(TwoStages.paramsIn(answer))
                    .startsWith("{\"do_remote_prefill\":true , \"do_remote_decode\" :false,\r\n\t")
                    .contains("[ [0],[1 ] ]", "\"remote_engine_id\":\"p \\\"1\\\"\"")
                    .containsPattern("\"remote_request_id\" : \"" + ID + "-[0-9a-f]{8}\"")
                    .contains("\"remote_host\":\"127.0.0.1\", \"remote_port\":" + prefill.port() + ",")
                    .contains(":1e3 ,", ":9007199254740993,", ":1.0,", "K\\u00e4\\/V\\t\\\"größe\\\" \\ud83d\\ude80 数")
                    .endsWith("\"deep\":{\"next\": null}} }");
            assertThat(prefill.kv()).isEqualTo(new KvBlocks(2, 0, 0, 2, 0, 0));
            assertThat(prefill.violations()).isEmpty();
        }
    }

    @Test
    void prefill_ofALongText_holdsABlockOfEachGroupForSixteenTokens() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            String prompt = "word ".repeat(32) + "word";
            HttpResponse<String> answer = new ApiClient(prefill)
                    .post(TEXT, "{" + PREFILL + "\"model\":\"m\",\"prompt\":\"" + prompt + "\"}", "X-Request-Id", ID);

            assertThat(TwoStages.paramsIn(answer)).contains("[ [0, 1, 2],[3, 4, 5 ] ]", "\"remote_num_tokens\":33,");
            assertThat(prefill.kv().held()).isEqualTo(6);
        }
    }

    @Test
    void prefill_twiceOfOneId_answersDifferentParams() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            assertThat(TwoStages.prefill(prefill)).isNotEqualTo(TwoStages.prefill(prefill));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"max_completion_tokens\":1,", "\"min_tokens\":1,", "\"min_tokens\":0,\"n\":1,\"best_of\":1,"})
    void prefill_harmlessMembers_areTaken(String members) throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            assertThat(TwoStages.post(prefill, PREFILL + members + "\"echo\":false,")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"max_tokens\":1,",
                "\"kv_transfer_params\":null,\"max_tokens\":1,",
                "\"kv_transfer_params\":{\"do_remote_decode\":true,\"do_remote_prefill\":false},\"max_tokens\":1,",
                ORDER,
                ORDER + "\"max_tokens\":2,",
                PREFILL + "\"max_completion_tokens\":2,",
                PREFILL + "\"min_tokens\":2,",
                PREFILL + "\"n\":2,",
                PREFILL + "\"best_of\":2,",
                PREFILL + "\"prompt_logprobs\":0,",
                PREFILL + "\"echo\":true,",
                PREFILL + "\"prompt\":[\"a\",\"b\"],",
                PREFILL + "\"stream_options\":{\"include_usage\":true},",
                ORDER + "\"max_tokens\":1,\"stream\":true,"
            })
    void prefill_notMadeForIt_is400AndAViolation(String members) throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            HttpResponse<String> answer = TwoStages.post(prefill, members);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("\"type\":\"BadRequestError\"", "at a prefill engine)");
            assertThat(prefill.violations()).singleElement().asString().endsWith("at a prefill engine)");
            assertThat(prefill.kv().issued()).isZero();
        }
    }

    @Test
    void prefill_unknownMemberOfTheOrder_is400() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            String members = PREFILL.replace("\"remote_port\":null", "\"remote_port\":null,\"aborted_request\":[]");

            assertThat(TwoStages.post(prefill, members).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void prefill_withoutRequestId_is400AndAViolation() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            assertThat(new ApiClient(prefill).post(CHAT, chat(PREFILL)).statusCode())
                    .isEqualTo(400);
            assertThat(prefill.violations())
                    .containsExactly("header x-request-id: none (expected: the id that decode gets too)");
        }
    }

    @Test
    void prefill_clientsMistake_isNoViolation() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            prefill.serve("other");

            assertThat(TwoStages.post(prefill, PREFILL).statusCode()).isEqualTo(404);
            assertThat(prefill.violations()).isEmpty();
            assertThat(prefill.kv().issued()).isZero();
        }
    }

    @Test
    void prefill_connectorOff_answersNullAndHoldsNothing() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine()
                .prefill()
                .withoutTransferParams()
                .withoutPromptDetails()
                .start()) {
            assertThat(TwoStages.post(prefill, PREFILL).body())
                    .endsWith("\"total_tokens\":3},\"kv_transfer_params\":null}");
            assertThat(prefill.kv().issued()).isZero();
        }
    }

    @Test
    void prefill_toolCall_isCutAfterOneToken() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            String tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}],";

            assertThat(TwoStages.post(prefill, PREFILL + tools).body())
                    .contains("\"finish_reason\":\"length\"", "\"completion_tokens\":1,");
        }
    }

    @Test
    @Timeout(20)
    void blocks_notPulled_expireWithTheirLease() throws Exception {
        try (SimulatedEngine prefill =
                TwoStages.engine().prefill().kvLease(Duration.ofMillis(50)).start()) {
            TwoStages.prefill(prefill);

            assertThat(prefill.awaitKv(kv -> kv.held() == 0, Duration.ofMinutes(1)))
                    .isEqualTo(new KvBlocks(2, 0, 2, 0, 0, 0));
        }
    }

    @Test
    void awaitKv_inVain_saysWhatThereIs() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            assertThatThrownBy(() -> prefill.awaitKv(kv -> kv.issued() > 0, Duration.ofMillis(1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("KvBlocks[issued=0, ");
        }
    }

    @Test
    void client_leavesDuringPrefill_leavesNothingHeld() throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine()
                        .prefill()
                        .timeToFirstToken(Duration.ofMinutes(1))
                        .start();
                RawClient client = new RawClient(prefill)) {
            client.send(RawClient.post(CHAT, chat(PREFILL), "X-Request-Id: " + ID));
            prefill.awaitRequests(1, SOON);
            client.leave();

            assertThat(prefill.awaitDisconnects(1, SOON)).hasSize(1);
            assertThat(prefill.awaitIdle(SOON)).isTrue();
            assertThat(prefill.kv().issued()).isZero();
        }
    }

    @Test
    void prefill_breaksBeforeHeadersOrByStatus_holdsNothing() throws Exception {
        for (Fault fault : List.of(Fault.resetBeforeHeaders(), Fault.status(500), Fault.status(503))) {
            assertThat(issuedDespite(fault)).isZero();
        }
    }

    @Test
    void prefill_breaksAfterHeaders_holdsBlocks() throws Exception {
        for (Fault fault : List.of(Fault.resetAfterHeaders(), Fault.cutAfterBytes(5))) {
            assertThat(issuedDespite(fault)).isEqualTo(2);
        }
    }

    private static long issuedDespite(Fault fault) throws Exception {
        try (SimulatedEngine prefill = TwoStages.engine().prefill().start()) {
            prefill.inject(fault);
            try {
                TwoStages.post(prefill, PREFILL);
            } catch (IOException broken) {
                assertThat(fault.refusal()).isEmpty();
            }
            assertThat(prefill.awaitIdle(SOON)).isTrue();
            return prefill.kv().issued();
        }
    }
}
