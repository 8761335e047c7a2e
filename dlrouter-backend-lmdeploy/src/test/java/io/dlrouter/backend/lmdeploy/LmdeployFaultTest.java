package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.core.InMemoryFleet;
import io.dlrouter.core.PrefillDecodeFaultMatrix;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SessionCounts;
import io.dlrouter.simulator.SimulatedEngine;
import java.util.function.ToLongFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The fault matrix of LMDeploy's two stages, its engines linked before: what prefill holds is adopted or released, and
 * decode is never asked to adopt what it cannot.
 */
class LmdeployFaultTest extends PrefillDecodeFaultMatrix {
    LmdeployFaultTest() {
        super(EngineKind.LMDEPLOY);
    }

    /** A leg that has begun is never cut off before the router knows which cache it left or took. */
    @Override
    protected boolean outlastsItsCaller() {
        return true;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the only node of its role fails: response, prefills, decodes, caches adopted, caches released
                "PREFILL | REFUSED              | plain  | 502 prefill_failed | 0 | 0 | 0 | 0",
                "PREFILL | REFUSED              | stream | 502 prefill_failed | 0 | 0 | 0 | 0",
                "PREFILL | STATUS_400           | plain  | 400 wrong          | 1 | 0 | 0 | 0",
                "PREFILL | STATUS_400           | stream | 400 wrong          | 1 | 0 | 0 | 0",
                "PREFILL | STATUS_429           | plain  | 429 full           | 1 | 0 | 0 | 0",
                "PREFILL | STATUS_429           | stream | 429 full           | 1 | 0 | 0 | 0",
                "PREFILL | STATUS_500           | plain  | 502 prefill_failed | 1 | 0 | 0 | 0",
                "PREFILL | STATUS_500           | stream | 502 prefill_failed | 1 | 0 | 0 | 0",
                "PREFILL | HANG                 | plain  | 504 node_timeout   | 1 | 0 | 0 | 0",
                "PREFILL | HANG                 | stream | 504 node_timeout   | 1 | 0 | 0 | 0",
                "PREFILL | RESET_BEFORE_HEADERS | plain  | 502 prefill_failed | 1 | 0 | 0 | 0",
                "PREFILL | RESET_BEFORE_HEADERS | stream | 502 prefill_failed | 1 | 0 | 0 | 0",
                "PREFILL | RESET_AFTER_HEADERS  | plain  | 502 prefill_failed | 1 | 0 | 0 | 0",
                "PREFILL | RESET_AFTER_HEADERS  | stream | 502 prefill_failed | 1 | 0 | 0 | 0",
                "PREFILL | RESET_MID_BODY       | plain  | 502 prefill_failed | 1 | 0 | 0 | 0",
                "PREFILL | RESET_MID_BODY       | stream | 502 prefill_failed | 1 | 0 | 0 | 0",
                "DECODE  | REFUSED              | plain  | 502 decode_failed  | 1 | 0 | 0 | 1",
                "DECODE  | REFUSED              | stream | 502 decode_failed  | 1 | 0 | 0 | 1",
                "DECODE  | STATUS_400           | plain  | 400 wrong          | 1 | 1 | 0 | 1",
                "DECODE  | STATUS_400           | stream | 400 wrong          | 1 | 1 | 0 | 1",
                "DECODE  | STATUS_429           | plain  | 429 full           | 1 | 1 | 0 | 1",
                "DECODE  | STATUS_429           | stream | 429 full           | 1 | 1 | 0 | 1",
                "DECODE  | STATUS_500           | plain  | 500 broken         | 1 | 1 | 0 | 1",
                "DECODE  | STATUS_500           | stream | 500 broken         | 1 | 1 | 0 | 1",
                "DECODE  | HANG                 | plain  | 504 node_timeout   | 1 | 1 | 0 | 1",
                "DECODE  | HANG                 | stream | 504 node_timeout   | 1 | 1 | 0 | 1",
                "DECODE  | RESET_BEFORE_HEADERS | plain  | 502 decode_failed  | 1 | 1 | 0 | 1",
                "DECODE  | RESET_BEFORE_HEADERS | stream | 502 decode_failed  | 1 | 1 | 0 | 1",
                "DECODE  | RESET_AFTER_HEADERS  | plain  | 502 decode_failed  | 1 | 1 | 1 | 0",
                "DECODE  | RESET_AFTER_HEADERS  | stream | 502 decode_failed  | 1 | 1 | 0 | 1",
                "DECODE  | RESET_MID_BODY       | plain  | 502 decode_failed  | 1 | 1 | 1 | 0",
                "DECODE  | RESET_MID_BODY       | stream | " + BROKEN_OFF + " | 1 | 1 | 1 | 0",
            })
    void onlyNode_fails_callerIsTold(
            Role role,
            Failure failure,
            String form,
            String expected,
            int prefills,
            int decodes,
            int adopted,
            int released) {
        try (InMemoryFleet fleet = InMemoryFleet.of(EngineKind.LMDEPLOY, 1, 1)) {
            assertThat(response(fleet, role, failure, form)).isEqualTo(expected);
            assertCalls(fleet, prefills, decodes);
            assertCaches(fleet, adopted, released);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the first of two nodes of its role fails: response, prefills, decodes, caches adopted, caches
                // released
                "PREFILL | REFUSED              | plain  | " + WHOLE + "      | 1 | 1 | 1 | 0",
                "PREFILL | REFUSED              | stream | " + WHOLE + "      | 1 | 1 | 1 | 0",
                "PREFILL | STATUS_400           | plain  | 400 wrong          | 1 | 0 | 0 | 0",
                "PREFILL | STATUS_400           | stream | 400 wrong          | 1 | 0 | 0 | 0",
                "PREFILL | STATUS_429           | plain  | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | STATUS_429           | stream | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | STATUS_500           | plain  | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | STATUS_500           | stream | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | HANG                 | plain  | 504 node_timeout   | 1 | 0 | 0 | 0",
                "PREFILL | HANG                 | stream | 504 node_timeout   | 1 | 0 | 0 | 0",
                "PREFILL | RESET_BEFORE_HEADERS | plain  | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | RESET_BEFORE_HEADERS | stream | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | RESET_AFTER_HEADERS  | plain  | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | RESET_AFTER_HEADERS  | stream | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | RESET_MID_BODY       | plain  | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "PREFILL | RESET_MID_BODY       | stream | " + WHOLE + "      | 2 | 1 | 1 | 0",
                "DECODE  | REFUSED              | plain  | " + WHOLE + "      | 1 | 1 | 1 | 0",
                "DECODE  | REFUSED              | stream | " + WHOLE + "      | 1 | 1 | 1 | 0",
                "DECODE  | STATUS_400           | plain  | 400 wrong          | 1 | 1 | 0 | 1",
                "DECODE  | STATUS_400           | stream | 400 wrong          | 1 | 1 | 0 | 1",
                "DECODE  | STATUS_429           | plain  | " + WHOLE + "      | 1 | 2 | 1 | 0",
                "DECODE  | STATUS_429           | stream | " + WHOLE + "      | 1 | 2 | 1 | 0",
                "DECODE  | STATUS_500           | plain  | " + WHOLE + "      | 2 | 2 | 1 | 1",
                "DECODE  | STATUS_500           | stream | " + WHOLE + "      | 2 | 2 | 1 | 1",
                "DECODE  | HANG                 | plain  | 504 node_timeout   | 1 | 1 | 0 | 1",
                "DECODE  | HANG                 | stream | 504 node_timeout   | 1 | 1 | 0 | 1",
                "DECODE  | RESET_BEFORE_HEADERS | plain  | " + WHOLE + "      | 2 | 2 | 1 | 1",
                "DECODE  | RESET_BEFORE_HEADERS | stream | " + WHOLE + "      | 2 | 2 | 1 | 1",
                "DECODE  | RESET_AFTER_HEADERS  | plain  | " + WHOLE + "      | 2 | 2 | 2 | 0",
                "DECODE  | RESET_AFTER_HEADERS  | stream | " + WHOLE + "      | 2 | 2 | 1 | 1",
                "DECODE  | RESET_MID_BODY       | plain  | " + WHOLE + "      | 2 | 2 | 2 | 0",
                "DECODE  | RESET_MID_BODY       | stream | " + BROKEN_OFF + " | 1 | 1 | 1 | 0",
            })
    void oneOfTwoNodes_fails_otherOneServes(
            Role role,
            Failure failure,
            String form,
            String expected,
            int prefills,
            int decodes,
            int adopted,
            int released) {
        try (InMemoryFleet fleet = InMemoryFleet.of(EngineKind.LMDEPLOY, 2, 2)) {
            assertThat(response(fleet, role, failure, form)).isEqualTo(expected);
            assertCalls(fleet, prefills, decodes);
            assertCaches(fleet, adopted, released);
        }
    }

    private static void assertCaches(InMemoryFleet fleet, int adopted, int released) {
        assertThat(sum(fleet, SessionCounts::adopted)).as("caches adopted").isEqualTo(adopted);
        assertThat(sum(fleet, SessionCounts::freed)).as("caches released").isEqualTo(released);
    }

    private static long sum(InMemoryFleet fleet, ToLongFunction<SessionCounts> count) {
        return fleet.engines(Role.PREFILL).stream()
                .map(SimulatedEngine::sessions)
                .mapToLong(count)
                .sum();
    }
}
