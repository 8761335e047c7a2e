package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static io.dlrouter.simulator.TwoStages.ID;
import static io.dlrouter.simulator.TwoStages.ORDER;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NixlExchangeTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String STREAM =
            "\"stream\":true,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true},";

    private final SimulatedEngine prefill = TwoStages.engine().prefill().start();
    private final SimulatedEngine decode = TwoStages.engine().decode().start();

    @AfterEach
    void stop() {
        prefill.close();
        decode.close();
    }

    @Test
    void exchange_plain_transfersAllBlocks() throws Exception {
        HttpResponse<String> answer = TwoStages.decode(decode, TwoStages.prefill(prefill), "");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"content\":\" token0 token1\"")
                .contains("\"prompt_tokens_details\":{\"cached_tokens\":2}")
                .endsWith(",\"kv_transfer_params\":null}");
        assertThat(prefill.kv()).isEqualTo(new KvBlocks(2, 2, 0, 0, 0, 0));
        assertThat(decode.kv().localPrefills()).isZero();
        assertNoViolations();
    }

    @Test
    void exchange_streamed_saysUsageInEachEvent() throws Exception {
        HttpResponse<String> answer = TwoStages.decode(decode, TwoStages.prefill(prefill), STREAM);
        List<String> events = List.of(answer.body().split("\n\n"));

        assertThat(events).hasSize(6).last().isEqualTo("data: [DONE]");
        assertThat(events.subList(0, 5))
                .allSatisfy(event -> assertThat(event)
                        .contains("\"usage\":{\"prompt_tokens\":2,", "\"cached_tokens\":2}")
                        .doesNotContain("kv_transfer_params"));
        assertThat(events)
                .map(event -> event.replaceFirst(".*\"completion_tokens\":(\\d).*", "$1"))
                .startsWith("0", "1", "2", "2", "2");
        assertThat(prefill.kv().pulled()).isEqualTo(2);
        assertNoViolations();
    }

    @Test
    void exchange_ofADecodeEngineThatReturnsParams_hasThemInTheLastTokensEventOnly() throws Exception {
        try (SimulatedEngine both =
                TwoStages.engine().decode().returnsTransferParams().start()) {
            assertThat(TwoStages.decode(both, TwoStages.prefill(prefill), "").body())
                    .contains("\"kv_transfer_params\":{\"do_remote_prefill\":true,")
                    .contains("\"remote_host\":\"127.0.0.1\",\"remote_port\":" + both.port());
            List<String> events = List.of(TwoStages.decode(both, TwoStages.prefill(prefill), STREAM)
                    .body()
                    .split("\n\n"));

            assertThat(events)
                    .filteredOn(event -> event.contains("kv_transfer_params"))
                    .hasSize(1);
            assertThat(events.get(3)).contains("\"finish_reason\":\"stop\"", "\"kv_transfer_params\":{");
        }
    }

    static Stream<UnaryOperator<String>> reencodings() {
        return Stream.of(
                params -> params.replace(":1.0,", ":1,"),
                params -> params.replace("1e3", "1000.0"),
                params -> params.replace("9007199254740993", "9007199254740992"),
                params -> params.replace("\\/", "/"),
                params -> params.replace("\\u00e4", "ä"),
                params -> params.replace("größe", "gr\\u00f6\\u00dfe"),
                params -> params.replace("\r\n\t", ""),
                params -> params.replace("\"tp_size\":1, ", ""),
                params -> params.replace("{\"do_remote_prefill\":true , ", "{")
                        .replace("} }", "},\"do_remote_prefill\":true}"));
    }

    @ParameterizedTest
    @MethodSource("reencodings")
    void decode_paramsReencoded_is400AndAViolationOfBoth(UnaryOperator<String> reencoding) throws Exception {
        String params = TwoStages.prefill(prefill);

        assertThat(reencoding.apply(params)).isNotEqualTo(params);
        assertThat(TwoStages.decode(decode, reencoding.apply(params), "").statusCode())
                .isEqualTo(400);
        assertThat(decode.violations()).singleElement().asString().contains("each byte as prefill answered it");
        assertThat(prefill.violations()).singleElement().asString().startsWith("kv pull: UNKNOWN for request " + ID);
        assertThat(prefill.kv().held()).isEqualTo(2);
    }

    @Test
    void decode_otherRequestId_is400AndAViolationOfBoth() throws Exception {
        String params = TwoStages.prefill(prefill);
        String body = chat("\"kv_transfer_params\":" + params + ",");

        assertThat(new ApiClient(decode)
                        .post(CHAT, body, "X-Request-Id", "other")
                        .statusCode())
                .isEqualTo(400);
        assertThat(new ApiClient(decode).post(CHAT, body).statusCode()).isEqualTo(400);
        assertThat(decode.violations())
                .containsExactly(
                        "header x-request-id: other (expected: the id that prefill got)",
                        "header x-request-id:  (expected: the id that prefill got)");
        assertThat(prefill.violations()).hasSize(2).first().asString().startsWith("kv pull: OTHER_REQUEST");
        assertThat(prefill.kv().held()).isEqualTo(2);
    }

    @Test
    void decode_spentParams_failsAsVllmDoesAndIsCounted() throws Exception {
        String params = TwoStages.prefill(prefill);
        TwoStages.decode(decode, params, "");

        HttpResponse<String> plain = TwoStages.decode(decode, params, "");
        assertThat(plain.statusCode()).isEqualTo(500);
        assertThat(plain.body())
                .startsWith("{\"error\":{\"message\":\"KV load failure: SPENT\",")
                .contains("\"code\":500");
        HttpResponse<String> streamed = TwoStages.decode(decode, params, STREAM);
        assertThat(streamed.statusCode()).isEqualTo(200);
        assertThat(streamed.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
        assertThat(streamed.body())
                .startsWith("data: {\"error\":{\"message\":\"KV load failure: SPENT\",")
                .endsWith("}}\n\ndata: [DONE]\n\n");
        assertThat(prefill.kv()).isEqualTo(new KvBlocks(2, 2, 0, 0, 2, 0));
        assertThat(prefill.violations()).hasSize(2).first().asString().startsWith("kv pull: SPENT");
        assertThat(decode.violations()).isEmpty();
    }

    @Test
    void decode_expiredParams_is500AndNoViolation() throws Exception {
        try (SimulatedEngine brief =
                TwoStages.engine().prefill().kvLease(Duration.ofMillis(1)).start()) {
            String params = TwoStages.prefill(brief);
            brief.awaitKv(kv -> kv.expired() == 2, SOON);

            assertThat(TwoStages.decode(decode, params, "").statusCode()).isEqualTo(500);
            assertThat(brief.kv()).isEqualTo(new KvBlocks(2, 0, 2, 0, 0, 0));
            assertThat(brief.violations()).isEmpty();
            assertNoViolations();
        }
    }

    @Test
    void decode_prefillEngineGone_is500() throws Exception {
        String params = TwoStages.prefill(prefill);
        prefill.stop();

        assertThat(TwoStages.decode(decode, params, "").statusCode()).isEqualTo(500);
        assertNoViolations();
    }

    @Test
    void decode_transferLongForgotten_is400() throws Exception {
        try (SimulatedEngine forgetful =
                TwoStages.engine().prefill().recordLast(1).start()) {
            String first = TwoStages.prefill(forgetful);
            String second = TwoStages.prefill(forgetful);
            assertThat(TwoStages.decode(decode, first, "").statusCode()).isEqualTo(200);
            assertThat(TwoStages.decode(decode, second, "").statusCode()).isEqualTo(200);
            TwoStages.prefill(forgetful);

            assertThat(TwoStages.decode(decode, first, "").statusCode()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ORDER,
                "\"kv_transfer_params\":[],",
                "\"kv_transfer_params\":{\"remote_host\":\"127.0.0.1\",\"remote_port\":1},",
                "\"kv_transfer_params\":{\"do_remote_prefill\":true,\"remote_host\":\"127.0.0.1\"},",
                "\"kv_transfer_params\":{\"do_remote_prefill\":true,\"remote_port\":1},"
            })
    void decode_paramsThatAreNoneForIt_is400AndAViolation(String members) throws Exception {
        assertThat(TwoStages.post(decode, members).statusCode()).isEqualTo(400);
        assertThat(decode.violations()).singleElement().asString().endsWith("at a decode engine)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"kv_transfer_params\":null,"})
    void decode_withoutParams_prefillsItself(String members) throws Exception {
        assertThat(TwoStages.post(decode, members).body()).contains("{\"cached_tokens\":0}");
        assertThat(decode.kv()).isEqualTo(new KvBlocks(0, 0, 0, 0, 0, 1));
        assertNoViolations();
    }

    @Test
    void decode_clientsMistake_leavesTheBlocks() throws Exception {
        String params = TwoStages.prefill(prefill);

        assertThat(TwoStages.decode(decode, params, "\"max_tokens\":0,").statusCode())
                .isEqualTo(400);
        assertThat(prefill.kv().held()).isEqualTo(2);
        assertNoViolations();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 429, 503})
    void decode_turnsTheRequestAway_leavesTheBlocksForAnother(int status) throws Exception {
        String params = TwoStages.prefill(prefill);
        decode.inject(Fault.status(status).times(1));

        assertThat(TwoStages.decode(decode, params, "").statusCode()).isEqualTo(status);
        assertThat(prefill.kv().held()).isEqualTo(2);
        try (SimulatedEngine other = TwoStages.engine().decode().start()) {
            assertThat(TwoStages.decode(other, params, "").statusCode()).isEqualTo(200);
        }
    }

    static Stream<Fault> failuresAfterAdmission() {
        return Stream.of(
                Fault.status(500),
                Fault.status(502),
                Fault.status(504),
                Fault.cutBeforeHeaders(),
                Fault.resetBeforeHeaders(),
                Fault.resetAfterHeaders());
    }

    @ParameterizedTest
    @MethodSource("failuresAfterAdmission")
    void decode_failsLater_hasPulledTheBlocks(Fault fault) throws Exception {
        decode.inject(fault);
        try {
            assertThat(TwoStages.decode(decode, TwoStages.prefill(prefill), "").statusCode())
                    .isGreaterThanOrEqualTo(500);
        } catch (IOException broken) {
            // a break of the connection
        }
        assertThat(prefill.kv()).isEqualTo(new KvBlocks(2, 2, 0, 0, 0, 0));
    }

    @Test
    void client_leavesBeforeDecodesFirstToken_hasSpentTheBlocks() throws Exception {
        try (SimulatedEngine slow = TwoStages.engine()
                        .decode()
                        .timeToFirstToken(Duration.ofMinutes(1))
                        .start();
                RawClient client = new RawClient(slow)) {
            String params = TwoStages.prefill(prefill);
            client.send(RawClient.post(CHAT, chat("\"kv_transfer_params\":" + params + ","), "X-Request-Id: " + ID));

            assertThat(prefill.awaitKv(kv -> kv.pulled() > 0, SOON).held()).isZero();
            client.leave();
            assertThat(slow.awaitDisconnects(1, SOON)).hasSize(1);
        }
    }

    @Test
    void exchange_leavesNoConnectionBetweenTheEngines() throws Exception {
        try (RawClient client = new RawClient(decode)) {
            String params = TwoStages.prefill(prefill);
            int before = prefill.openConnections();
            client.send(RawClient.post(CHAT, chat("\"kv_transfer_params\":" + params + ","), "X-Request-Id: " + ID))
                    .readUntil("\"kv_transfer_params\":null}");

            long deadline = System.nanoTime() + 2_000_000_000L;
            while (prefill.openConnections() > before && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(prefill.openConnections()).isLessThanOrEqualTo(before);
        }
    }

    @Test
    void hybrid_withAnyParams_looksAtNone() throws Exception {
        try (SimulatedEngine hybrid = TwoStages.engine().start()) {
            HttpResponse<String> answer = TwoStages.post(hybrid, ORDER + "\"stream\":true,");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).doesNotContain("kv_transfer_params", "prompt_tokens_details");
            assertThat(hybrid.kv()).isEqualTo(new KvBlocks(0, 0, 0, 0, 0, 0));
            assertThat(hybrid.violations()).isEmpty();
        }
    }

    @Test
    void requests_ofBothEngines_countTheTransfer() throws Exception {
        TwoStages.decode(decode, TwoStages.prefill(prefill), "");
        TwoStages.post(decode, "");

        assertThat(new ApiClient(prefill).get("/simulator/requests").body())
                .contains(
                        "\"total\":1,",
                        "\"kv\":{\"issued\":2,\"pulled\":2,\"expired\":0,\"held\":0,\"double_spends\":0,");
        assertThat(new ApiClient(decode).get("/simulator/requests").body()).contains("\"local_prefills\":1}");
    }

    private void assertNoViolations() {
        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
    }
}
