package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client sees when one node of a Prefill/Decode fleet fails, and which calls are made: for each leg, each fault,
 * plain and streamed, the client staying and leaving, with another node of the role and without. In every case no engine
 * sees a wrong step, and every count returns to zero.
 */
abstract class PrefillDecodeFaults {
    static final String WHOLE = "200 whole";
    static final String BROKEN_OFF = "200 with an error at its end";

    private final EngineKind kind;

    private final String[] patience;

    /** @param patience arguments of the gateway that a client leaves, whose work does not end with it at once */
    PrefillDecodeFaults(EngineKind kind, String... patience) {
        this.kind = kind;
        this.patience = patience;
    }

    /** A way in which a node fails. */
    enum Failure {
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

        /** Whether what a prefill says of the cache that it holds never comes to be known. */
        boolean losesTheAnswer() {
            return this == RESET_AFTER_HEADERS || this == RESET_MID_BODY;
        }

        private static Fault status(int code, String message) {
            return Fault.status(code, "{\"error\":{\"message\":\"" + message + "\"}}");
        }
    }

    static String answerWith(PrefillDecodeFleet fleet, Role role, Failure failure, String kind) throws Exception {
        Gateway gateway =
                failure == Failure.HANG ? fleet.readyGateway("--request_timeout", "1s") : fleet.readyGateway();
        strike(fleet, role, failure, kind);
        String answer = described(gateway.post(ROUTE, body(kind)));
        fleet.assertNothingLeft();
        return answer;
    }

    private static void strike(PrefillDecodeFleet fleet, Role role, Failure failure, String kind) {
        SimulatedEngine struck = firstOf(fleet, role);
        if (role == Role.PREFILL && failure.losesTheAnswer()) {
            fleet.sessionsStayAt(struck);
        }
        failure.strike(struck, isStreamed(role, kind));
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

    static void assertCalls(PrefillDecodeFleet fleet, int prefills, int decodes) {
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

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @MethodSource("everyStage")
    void client_leavesInTheStageThatFails_nothingIsLeft(Role role, Failure failure, String kind) throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(this.kind, 2, 2)) {
            Gateway gateway = fleet.readyGateway(patience);
            SimulatedEngine struck = firstOf(fleet, role);
            strike(fleet, role, failure, kind);
            try (RawClient client = new RawClient(gateway)) {
                client.chat(body(kind));
                Await.until(() -> !struck.requests(ROUTE).isEmpty());
            }

            fleet.assertNothingLeft();
        }
    }
}
