package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The fault matrix of SGLang's two concurrent legs: the first to fail ends the other, and each attempt meets in a room of
 * its own. A prefill that hangs once decode answers harms nobody.
 */
class SglangFaultTest extends PrefillDecodeFaults {
    SglangFaultTest() {
        super(EngineKind.SGLANG);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PREFILL | REFUSED              | plain  | 502 prefill_failed",
                "PREFILL | REFUSED              | stream | 502 prefill_failed",
                "PREFILL | STATUS_400           | plain  | 400 wrong",
                "PREFILL | STATUS_400           | stream | 400 wrong",
                "PREFILL | STATUS_429           | plain  | 429 full",
                "PREFILL | STATUS_429           | stream | 429 full",
                "PREFILL | STATUS_500           | plain  | 502 prefill_failed",
                "PREFILL | STATUS_500           | stream | 502 prefill_failed",
                "PREFILL | HANG                 | plain  | " + WHOLE + "",
                "PREFILL | HANG                 | stream | " + WHOLE + "",
                "PREFILL | RESET_BEFORE_HEADERS | plain  | 502 prefill_failed",
                "PREFILL | RESET_BEFORE_HEADERS | stream | 502 prefill_failed",
                "PREFILL | RESET_AFTER_HEADERS  | plain  | 502 prefill_failed",
                "PREFILL | RESET_AFTER_HEADERS  | stream | 502 prefill_failed",
                "PREFILL | RESET_MID_BODY       | plain  | 502 prefill_failed",
                "PREFILL | RESET_MID_BODY       | stream | 502 prefill_failed",
                "DECODE  | REFUSED              | plain  | 502 decode_failed",
                "DECODE  | REFUSED              | stream | 502 decode_failed",
                "DECODE  | STATUS_400           | plain  | 400 wrong",
                "DECODE  | STATUS_400           | stream | 400 wrong",
                "DECODE  | STATUS_429           | plain  | 429 full",
                "DECODE  | STATUS_429           | stream | 429 full",
                "DECODE  | STATUS_500           | plain  | 502 decode_failed",
                "DECODE  | STATUS_500           | stream | 502 decode_failed",
                "DECODE  | HANG                 | plain  | 504 node_timeout",
                "DECODE  | HANG                 | stream | 504 node_timeout",
                "DECODE  | RESET_BEFORE_HEADERS | plain  | 502 decode_failed",
                "DECODE  | RESET_BEFORE_HEADERS | stream | 502 decode_failed",
                "DECODE  | RESET_AFTER_HEADERS  | plain  | 502 decode_failed",
                "DECODE  | RESET_AFTER_HEADERS  | stream | 502 decode_failed",
                "DECODE  | RESET_MID_BODY       | plain  | 502 decode_failed",
                "DECODE  | RESET_MID_BODY       | stream | " + BROKEN_OFF + "",
            })
    void onlyNode_fails_clientIsTold(Role role, Failure failure, String kind, String answer) throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(EngineKind.SGLANG, 1, 1)) {
            assertThat(answerWith(fleet, role, failure, kind)).isEqualTo(answer);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PREFILL | REFUSED              | plain  | " + WHOLE + "",
                "PREFILL | REFUSED              | stream | " + WHOLE + "",
                "PREFILL | STATUS_400           | plain  | 400 wrong",
                "PREFILL | STATUS_400           | stream | 400 wrong",
                "PREFILL | STATUS_429           | plain  | " + WHOLE,
                "PREFILL | STATUS_429           | stream | " + WHOLE,
                "PREFILL | STATUS_500           | plain  | " + WHOLE + "",
                "PREFILL | STATUS_500           | stream | " + WHOLE + "",
                "PREFILL | HANG                 | plain  | " + WHOLE + "",
                "PREFILL | HANG                 | stream | " + WHOLE + "",
                "PREFILL | RESET_BEFORE_HEADERS | plain  | " + WHOLE + "",
                "PREFILL | RESET_BEFORE_HEADERS | stream | " + WHOLE + "",
                "PREFILL | RESET_AFTER_HEADERS  | plain  | " + WHOLE + "",
                "PREFILL | RESET_AFTER_HEADERS  | stream | " + WHOLE + "",
                "PREFILL | RESET_MID_BODY       | plain  | " + WHOLE + "",
                "PREFILL | RESET_MID_BODY       | stream | " + WHOLE + "",
                "DECODE  | REFUSED              | plain  | " + WHOLE + "",
                "DECODE  | REFUSED              | stream | " + WHOLE + "",
                "DECODE  | STATUS_400           | plain  | 400 wrong",
                "DECODE  | STATUS_400           | stream | 400 wrong",
                "DECODE  | STATUS_429           | plain  | " + WHOLE,
                "DECODE  | STATUS_429           | stream | " + WHOLE,
                "DECODE  | STATUS_500           | plain  | " + WHOLE + "",
                "DECODE  | STATUS_500           | stream | " + WHOLE + "",
                "DECODE  | HANG                 | plain  | 504 node_timeout",
                "DECODE  | HANG                 | stream | 504 node_timeout",
                "DECODE  | RESET_BEFORE_HEADERS | plain  | " + WHOLE + "",
                "DECODE  | RESET_BEFORE_HEADERS | stream | " + WHOLE + "",
                "DECODE  | RESET_AFTER_HEADERS  | plain  | " + WHOLE + "",
                "DECODE  | RESET_AFTER_HEADERS  | stream | " + WHOLE + "",
                "DECODE  | RESET_MID_BODY       | plain  | " + WHOLE + "",
                "DECODE  | RESET_MID_BODY       | stream | " + BROKEN_OFF + "",
            })
    void oneOfTwoNodes_fails_otherOneServes(Role role, Failure failure, String kind, String answer) throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(EngineKind.SGLANG, 2, 2)) {
            assertThat(answerWith(fleet, role, failure, kind)).isEqualTo(answer);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "text/event-stream | ''",
                "application/json  | ''",
                "application/json  | {\"choices\":[{\"ind",
            })
    void decode_answersWithNothingWhole_otherOneServesOrClientIsTold(String type, String body) throws Exception {
        Fault nothing = Fault.canned(200, Map.of("content-type", type), body.getBytes(UTF_8));
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(EngineKind.SGLANG, 2, 2)) {
            Gateway gateway = fleet.readyGateway();
            fleet.decodes.get(0).inject(nothing);
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            assertThat(gateway.post(ROUTE, CHAT).body()).contains("total_tokens");

            fleet.decodes.get(1).inject(nothing);
            HttpResponse<String> answer = gateway.post(ROUTE, CHAT);

            assertThat(answer.statusCode()).isEqualTo(502);
            assertThat(Gateway.error(answer, "code")).isEqualTo("decode_failed");
            fleet.assertNothingLeft();
        }
    }
}
