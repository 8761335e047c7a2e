package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.core.InMemoryFleet;
import io.dlrouter.core.PrefillDecodeFaultMatrix;
import io.dlrouter.simulator.EngineKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fault matrix of vLLM's two stages: no block is spent twice, and no decode follows a prefill that failed. */
class VllmFaultTest extends PrefillDecodeFaultMatrix {
    VllmFaultTest() {
        super(EngineKind.VLLM);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the only node of its role fails: response, prefills, decodes
                "PREFILL | REFUSED              | plain  | 502 prefill_failed | 0 | 0",
                "PREFILL | REFUSED              | stream | 502 prefill_failed | 0 | 0",
                "PREFILL | STATUS_400           | plain  | 400 wrong          | 1 | 0",
                "PREFILL | STATUS_400           | stream | 400 wrong          | 1 | 0",
                "PREFILL | STATUS_429           | plain  | 429 full           | 1 | 0",
                "PREFILL | STATUS_429           | stream | 429 full           | 1 | 0",
                "PREFILL | STATUS_500           | plain  | 502 prefill_failed | 1 | 0",
                "PREFILL | STATUS_500           | stream | 502 prefill_failed | 1 | 0",
                "PREFILL | HANG                 | plain  | 504 node_timeout   | 1 | 0",
                "PREFILL | HANG                 | stream | 504 node_timeout   | 1 | 0",
                "PREFILL | RESET_BEFORE_HEADERS | plain  | 502 prefill_failed | 1 | 0",
                "PREFILL | RESET_BEFORE_HEADERS | stream | 502 prefill_failed | 1 | 0",
                "PREFILL | RESET_AFTER_HEADERS  | plain  | 502 prefill_failed | 1 | 0",
                "PREFILL | RESET_AFTER_HEADERS  | stream | 502 prefill_failed | 1 | 0",
                "PREFILL | RESET_MID_BODY       | plain  | 502 prefill_failed | 1 | 0",
                "PREFILL | RESET_MID_BODY       | stream | 502 prefill_failed | 1 | 0",
                "DECODE  | REFUSED              | plain  | 502 decode_failed  | 1 | 0",
                "DECODE  | REFUSED              | stream | 502 decode_failed  | 1 | 0",
                "DECODE  | STATUS_400           | plain  | 400 wrong          | 1 | 1",
                "DECODE  | STATUS_400           | stream | 400 wrong          | 1 | 1",
                "DECODE  | STATUS_429           | plain  | 429 full           | 1 | 1",
                "DECODE  | STATUS_429           | stream | 429 full           | 1 | 1",
                "DECODE  | STATUS_500           | plain  | 500 broken         | 1 | 1",
                "DECODE  | STATUS_500           | stream | 500 broken         | 1 | 1",
                "DECODE  | HANG                 | plain  | 504 node_timeout   | 1 | 1",
                "DECODE  | HANG                 | stream | 504 node_timeout   | 1 | 1",
                "DECODE  | RESET_BEFORE_HEADERS | plain  | 502 decode_failed  | 1 | 1",
                "DECODE  | RESET_BEFORE_HEADERS | stream | 502 decode_failed  | 1 | 1",
                "DECODE  | RESET_AFTER_HEADERS  | plain  | 502 decode_failed  | 1 | 1",
                "DECODE  | RESET_AFTER_HEADERS  | stream | 502 decode_failed  | 1 | 1",
                "DECODE  | RESET_MID_BODY       | plain  | 502 decode_failed  | 1 | 1",
                "DECODE  | RESET_MID_BODY       | stream | " + BROKEN_OFF + " | 1 | 1",
            })
    void onlyNode_fails_callerIsTold(
            Role role, Failure failure, String form, String expected, int prefills, int decodes) {
        try (InMemoryFleet fleet = InMemoryFleet.of(EngineKind.VLLM, 1, 1)) {
            assertThat(response(fleet, role, failure, form)).isEqualTo(expected);
            assertCalls(fleet, prefills, decodes);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the first of two nodes of its role fails: response, prefills, decodes
                "PREFILL | REFUSED              | plain  | " + WHOLE + "      | 1 | 1",
                "PREFILL | REFUSED              | stream | " + WHOLE + "      | 1 | 1",
                "PREFILL | STATUS_400           | plain  | 400 wrong          | 1 | 0",
                "PREFILL | STATUS_400           | stream | 400 wrong          | 1 | 0",
                "PREFILL | STATUS_429           | plain  | " + WHOLE + "      | 2 | 1",
                "PREFILL | STATUS_429           | stream | " + WHOLE + "      | 2 | 1",
                "PREFILL | STATUS_500           | plain  | " + WHOLE + "      | 2 | 1",
                "PREFILL | STATUS_500           | stream | " + WHOLE + "      | 2 | 1",
                "PREFILL | HANG                 | plain  | 504 node_timeout   | 1 | 0",
                "PREFILL | HANG                 | stream | 504 node_timeout   | 1 | 0",
                "PREFILL | RESET_BEFORE_HEADERS | plain  | " + WHOLE + "      | 2 | 1",
                "PREFILL | RESET_BEFORE_HEADERS | stream | " + WHOLE + "      | 2 | 1",
                "PREFILL | RESET_AFTER_HEADERS  | plain  | " + WHOLE + "      | 2 | 1",
                "PREFILL | RESET_AFTER_HEADERS  | stream | " + WHOLE + "      | 2 | 1",
                "PREFILL | RESET_MID_BODY       | plain  | " + WHOLE + "      | 2 | 1",
                "PREFILL | RESET_MID_BODY       | stream | " + WHOLE + "      | 2 | 1",
                "DECODE  | REFUSED              | plain  | " + WHOLE + "      | 1 | 1",
                "DECODE  | REFUSED              | stream | " + WHOLE + "      | 1 | 1",
                "DECODE  | STATUS_400           | plain  | 400 wrong          | 1 | 1",
                "DECODE  | STATUS_400           | stream | 400 wrong          | 1 | 1",
                "DECODE  | STATUS_429           | plain  | " + WHOLE + "      | 1 | 2",
                "DECODE  | STATUS_429           | stream | " + WHOLE + "      | 1 | 2",
                "DECODE  | STATUS_500           | plain  | " + WHOLE + "      | 2 | 2",
                "DECODE  | STATUS_500           | stream | " + WHOLE + "      | 2 | 2",
                "DECODE  | HANG                 | plain  | 504 node_timeout   | 1 | 1",
                "DECODE  | HANG                 | stream | 504 node_timeout   | 1 | 1",
                "DECODE  | RESET_BEFORE_HEADERS | plain  | " + WHOLE + "      | 2 | 2",
                "DECODE  | RESET_BEFORE_HEADERS | stream | " + WHOLE + "      | 2 | 2",
                "DECODE  | RESET_AFTER_HEADERS  | plain  | " + WHOLE + "      | 2 | 2",
                "DECODE  | RESET_AFTER_HEADERS  | stream | " + WHOLE + "      | 2 | 2",
                "DECODE  | RESET_MID_BODY       | plain  | " + WHOLE + "      | 2 | 2",
                "DECODE  | RESET_MID_BODY       | stream | " + BROKEN_OFF + " | 1 | 1",
            })
    void oneOfTwoNodes_fails_otherOneServes(
            Role role, Failure failure, String form, String expected, int prefills, int decodes) {
        try (InMemoryFleet fleet = InMemoryFleet.of(EngineKind.VLLM, 2, 2)) {
            assertThat(response(fleet, role, failure, form)).isEqualTo(expected);
            assertCalls(fleet, prefills, decodes);
        }
    }
}
