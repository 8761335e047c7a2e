package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client sees when one node of a Prefill/Decode fleet fails, and which calls are made: for each leg, each fault,
 * plain and streamed, the client staying and leaving, with another node of the role and without. In every case no block
 * is spent twice, no engine sees a wrong step, and every count returns to zero.
 */
class PrefillDecodeFaultTest {
    private static final String WHOLE = "200 whole";
    private static final String BROKEN_OFF = "200 with an error at its end";

    /** A way in which a node fails. */
    private enum Failure {
        REFUSED,
        STATUS_400,
        STATUS_429,
        STATUS_500,
        HANG,
        RESET_BEFORE_HEADERS,
        RESET_AFTER_HEADERS,
        RESET_MID_BODY;

        /** @param streams whether the engine answers with events */
        void strike(SimulatedEngine engine, boolean streams) {
            switch (this) {
                case REFUSED -> engine.stop();
                case STATUS_400 -> engine.inject(status(400, "wrong"));
                case STATUS_429 -> engine.inject(status(429, "full"));
                case STATUS_500 -> engine.inject(status(500, "broken"));
                case HANG -> engine.inject(Fault.hangBeforeHeaders());
                case RESET_BEFORE_HEADERS -> engine.inject(Fault.resetBeforeHeaders());
                case RESET_AFTER_HEADERS -> engine.inject(Fault.resetAfterHeaders());
                case RESET_MID_BODY -> engine.inject(streams ? Fault.resetAfterEvents(2) : Fault.resetAfterBytes(200));
            }
        }

        private static Fault status(int code, String message) {
            return Fault.status(code, "{\"error\":{\"message\":\"" + message + "\"}}");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the only node of its role fails: answer, prefills, decodes
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
    void onlyNode_fails_clientIsTold(Role role, Failure failure, String kind, String answer, int prefills, int decodes)
            throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(1, 1)) {
            assertThat(answerWith(fleet, role, failure, kind)).isEqualTo(answer);
            assertCalls(fleet, prefills, decodes);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the first of two nodes of its role fails: answer, prefills, decodes
                "PREFILL | REFUSED              | plain  | " + WHOLE + "      | 1 | 1",
                "PREFILL | REFUSED              | stream | " + WHOLE + "      | 1 | 1",
                "PREFILL | STATUS_400           | plain  | 400 wrong          | 1 | 0",
                "PREFILL | STATUS_400           | stream | 400 wrong          | 1 | 0",
                "PREFILL | STATUS_429           | plain  | 429 full           | 1 | 0",
                "PREFILL | STATUS_429           | stream | 429 full           | 1 | 0",
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
            Role role, Failure failure, String kind, String answer, int prefills, int decodes) throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(2, 2)) {
            assertThat(answerWith(fleet, role, failure, kind)).isEqualTo(answer);
            assertCalls(fleet, prefills, decodes);
        }
    }

    private static String answerWith(PrefillDecodeFleet fleet, Role role, Failure failure, String kind)
            throws Exception {
        Gateway gateway = fleet.gateway("--request_timeout", "600ms");
        failure.strike(firstOf(fleet, role), isStreamed(role, kind));
        String answer = described(gateway.post(ROUTE, body(kind)));
        fleet.assertNothingLeft();
        return answer;
    }

    private static SimulatedEngine firstOf(PrefillDecodeFleet fleet, Role role) {
        return (role == Role.PREFILL ? fleet.prefills : fleet.decodes).get(0);
    }

    private static boolean isStreamed(Role role, String kind) {
        return role == Role.DECODE && kind.equals("stream");
    }

    private static String body(String kind) {
        return kind.equals("stream") ? STREAM : CHAT;
    }

    /** The status, and what there is to say of the body. */
    private static String described(HttpResponse<String> answer) throws Exception {
        if (answer.statusCode() != 200) {
            return answer.statusCode() + " "
                    + answer.headers().firstValue("x-dlrouter-error").orElse(Gateway.error(answer, "message"));
        }
        boolean failed = answer.body().contains("\"error\"");
        boolean whole = answer.body().contains("\"total_tokens\"")
                && answer.body().startsWith("data:") == answer.body().endsWith("data: [DONE]\n\n");
        return failed && !whole ? BROKEN_OFF : whole && !failed ? WHOLE : answer.body();
    }

    private static void assertCalls(PrefillDecodeFleet fleet, int prefills, int decodes) {
        assertThat(PrefillDecodeFleet.requests(fleet.prefills)).as("prefills").isEqualTo(prefills);
        assertThat(PrefillDecodeFleet.requests(fleet.decodes)).as("decodes").isEqualTo(decodes);
    }

    static Stream<Arguments> everyStage() {
        return Stream.of(Role.PREFILL, Role.DECODE)
                .flatMap(role -> Stream.of(Failure.values())
                        .filter(failure -> failure != Failure.REFUSED)
                        .flatMap(failure ->
                                Stream.of("plain", "stream").map(kind -> Arguments.of(role, failure, kind))));
    }

    @ParameterizedTest
    @MethodSource("everyStage")
    void client_leavesInTheStageThatFails_nothingIsLeftAndNoDecodeFollowsAPrefillThatWasGivenUp(
            Role role, Failure failure, String kind) throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(2, 2)) {
            Gateway gateway = fleet.gateway();
            SimulatedEngine struck = firstOf(fleet, role);
            failure.strike(struck, isStreamed(role, kind));
            try (RawClient client = new RawClient(gateway)) {
                client.chat(body(kind));
                Await.until(() -> !struck.requests(ROUTE).isEmpty());
            }

            fleet.assertNothingLeft();

            if (role == Role.PREFILL && failure == Failure.HANG) {
                assertCalls(fleet, 1, 0);
            }
        }
    }

    @Test
    void client_leavesDuringPrefill_prefillEndsAtOnceAndNoDecodeIsMade() throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(1, 1)) {
            Gateway gateway = fleet.gateway();
            SimulatedEngine prefill = fleet.prefills.get(0);
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            prefill.inject(Fault.hangBeforeHeaders());

            long left;
            try (RawClient client = new RawClient(gateway)) {
                client.chat(STREAM);
                Await.until(() -> prefill.requests(ROUTE).size() == 2);
                left = System.nanoTime();
            }
            Await.until(() -> !prefill.disconnects().isEmpty());

            assertThat(System.nanoTime() - left).isLessThan(100_000_000);
            fleet.assertNothingLeft();
            assertCalls(fleet, 2, 1);
            assertThat(List.of(prefill.kv().held(), prefill.kv().expired())).containsOnly(0L);
        }
    }
}
