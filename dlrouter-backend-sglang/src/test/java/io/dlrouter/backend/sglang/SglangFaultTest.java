package io.dlrouter.backend.sglang;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.core.InMemoryFleet;
import io.dlrouter.core.PrefillDecodeFaultMatrix;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The fault matrix of SGLang's two concurrent legs: the first to fail ends the other, and each attempt meets in a room of
 * its own. A prefill that hangs once decode responds harms nobody.
 */
class SglangFaultTest extends PrefillDecodeFaultMatrix {
    private static final Set<Failure> FAILS_AFTER_THE_MEETING = EnumSet.of(
            Failure.STATUS_500, Failure.RESET_BEFORE_HEADERS, Failure.RESET_AFTER_HEADERS, Failure.RESET_MID_BODY);

    SglangFaultTest() {
        super(EngineKind.SGLANG);
    }

    @Override
    protected boolean isOptional(Role leg) {
        return leg == Role.PREFILL;
    }

    /** A prefill engine that has met decode in the room lets it respond, whatever becomes of its own response. */
    @Override
    protected void letItComeFirst(InMemoryFleet fleet, Role struck, Failure failure) {
        if (struck == Role.PREFILL && FAILS_AFTER_THE_MEETING.contains(failure)) {
            fleet.engines(Role.DECODE).get(0).inject(Fault.hangBeforeHeaders().times(1));
        }
    }

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
                "PREFILL | HANG                 | plain  | " + WHOLE,
                "PREFILL | HANG                 | stream | " + WHOLE,
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
                "DECODE  | RESET_MID_BODY       | stream | " + BROKEN_OFF,
            })
    void onlyNode_fails_callerIsTold(Role role, Failure failure, String form, String expected) {
        try (InMemoryFleet fleet = InMemoryFleet.of(EngineKind.SGLANG, 1, 1)) {
            assertThat(response(fleet, role, failure, form)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PREFILL | REFUSED              | plain  | " + WHOLE,
                "PREFILL | REFUSED              | stream | " + WHOLE,
                "PREFILL | STATUS_400           | plain  | 400 wrong",
                "PREFILL | STATUS_400           | stream | 400 wrong",
                "PREFILL | STATUS_429           | plain  | " + WHOLE,
                "PREFILL | STATUS_429           | stream | " + WHOLE,
                "PREFILL | STATUS_500           | plain  | " + WHOLE,
                "PREFILL | STATUS_500           | stream | " + WHOLE,
                "PREFILL | HANG                 | plain  | " + WHOLE,
                "PREFILL | HANG                 | stream | " + WHOLE,
                "PREFILL | RESET_BEFORE_HEADERS | plain  | " + WHOLE,
                "PREFILL | RESET_BEFORE_HEADERS | stream | " + WHOLE,
                "PREFILL | RESET_AFTER_HEADERS  | plain  | " + WHOLE,
                "PREFILL | RESET_AFTER_HEADERS  | stream | " + WHOLE,
                "PREFILL | RESET_MID_BODY       | plain  | " + WHOLE,
                "PREFILL | RESET_MID_BODY       | stream | " + WHOLE,
                "DECODE  | REFUSED              | plain  | " + WHOLE,
                "DECODE  | REFUSED              | stream | " + WHOLE,
                "DECODE  | STATUS_400           | plain  | 400 wrong",
                "DECODE  | STATUS_400           | stream | 400 wrong",
                "DECODE  | STATUS_429           | plain  | " + WHOLE,
                "DECODE  | STATUS_429           | stream | " + WHOLE,
                "DECODE  | STATUS_500           | plain  | " + WHOLE,
                "DECODE  | STATUS_500           | stream | " + WHOLE,
                "DECODE  | HANG                 | plain  | 504 node_timeout",
                "DECODE  | HANG                 | stream | 504 node_timeout",
                "DECODE  | RESET_BEFORE_HEADERS | plain  | " + WHOLE,
                "DECODE  | RESET_BEFORE_HEADERS | stream | " + WHOLE,
                "DECODE  | RESET_AFTER_HEADERS  | plain  | " + WHOLE,
                "DECODE  | RESET_AFTER_HEADERS  | stream | " + WHOLE,
                "DECODE  | RESET_MID_BODY       | plain  | " + WHOLE,
                "DECODE  | RESET_MID_BODY       | stream | " + BROKEN_OFF,
            })
    void oneOfTwoNodes_fails_otherOneServes(Role role, Failure failure, String form, String expected) {
        try (InMemoryFleet fleet = InMemoryFleet.of(EngineKind.SGLANG, 2, 2)) {
            assertThat(response(fleet, role, failure, form)).isEqualTo(expected);
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
    void decode_respondsWithNothingWhole_otherOneServesOrCallerIsTold(String type, String body) {
        Fault nothing = Fault.canned(200, Map.of("content-type", type), body.getBytes(UTF_8));
        try (InMemoryFleet fleet = InMemoryFleet.of(EngineKind.SGLANG, 2, 2)) {
            fleet.engines(Role.DECODE).get(0).inject(nothing);
            assertThat(response(fleet, "plain")).isEqualTo(WHOLE);
            assertThat(response(fleet, "plain")).isEqualTo(WHOLE);

            fleet.engines(Role.DECODE).get(1).inject(nothing);
            assertThat(response(fleet, "plain")).isEqualTo("502 decode_failed");
            fleet.assertNothingLeft();
        }
    }
}
