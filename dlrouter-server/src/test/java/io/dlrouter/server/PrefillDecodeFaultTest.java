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
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client of the gateway sees, over sockets, when a node of a Prefill/Decode pair fails: one case for each path that
 * a failure takes. The fault matrices of the backends have all combinations. A kind of engine has one pair and one
 * gateway for all cases that leave both as they were.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PrefillDecodeFaultTest {
    private static final Duration GENEROUS = Duration.ofSeconds(30);

    private final Map<EngineKind, Pair> pairs = new EnumMap<>(EngineKind.class);

    /** A prefill and a decode engine and the gateway before them. */
    private record Pair(PrefillDecodeFleet fleet, Gateway gateway) {
        static Pair of(EngineKind kind) throws Exception {
            PrefillDecodeFleet fleet = new PrefillDecodeFleet(kind);
            fleet.prefill(fleet.engine().prefill());
            fleet.decode(fleet.engine().decode());
            return new Pair(fleet, fleet.readyGateway("--health_check_max_failures", "1000"));
        }

        SimulatedEngine engine(Role role) {
            return (role == Role.PREFILL ? fleet.prefills : fleet.decodes).get(0);
        }

        String post(String body) throws Exception {
            return described(gateway.post(ROUTE, body));
        }
    }

    private Pair pair(EngineKind kind) throws Exception {
        Pair known = pairs.get(kind);
        if (known == null) {
            known = Pair.of(kind);
            pairs.put(kind, known);
        }
        return known;
    }

    @AfterEach
    void assertNothingLeft() throws Exception {
        for (Pair pair : pairs.values()) {
            pair.engine(Role.PREFILL).clearFaults();
            pair.engine(Role.DECODE).clearFaults();
            pair.fleet().assertNothingLeft();
        }
    }

    @AfterAll
    void close() {
        pairs.values().forEach(pair -> pair.fleet().close());
    }

    /** The status, and what there is to say of the body. */
    private static String described(HttpResponse<String> response) throws Exception {
        if (response.statusCode() != 200) {
            return response.statusCode() + " "
                    + response.headers().firstValue("x-dlrouter-error").orElse(Gateway.error(response, "message"));
        }
        return response.body();
    }

    private static String body(String form) {
        return form.equals("stream") ? STREAM : CHAT;
    }

    static Stream<Arguments> rejections() {
        return Stream.of(EngineKind.values())
                .flatMap(kind -> Stream.of(
                        Arguments.of(kind, Role.PREFILL, "plain", "502 prefill_failed"),
                        Arguments.of(kind, Role.DECODE, "stream", "502 decode_failed")));
    }

    @ParameterizedTest
    @MethodSource("rejections")
    void node_acceptsNoConnection_clientGetsTheReason(EngineKind kind, Role role, String form, String expected)
            throws Exception {
        Pair pair = Pair.of(kind);
        try (PrefillDecodeFleet fleet = pair.fleet()) {
            pair.engine(role).stop();

            assertThat(pair.post(body(form))).isEqualTo(expected);
            fleet.assertNothingLeft();
        }
    }

    static Stream<Arguments> responses() {
        return Stream.of(EngineKind.values())
                .flatMap(kind -> Stream.of(
                        Arguments.of(kind, Role.PREFILL, 400, "plain", "400 wrong"),
                        Arguments.of(kind, Role.PREFILL, 500, "stream", "502 prefill_failed"),
                        Arguments.of(kind, Role.DECODE, 429, "plain", "429 wrong")));
    }

    @ParameterizedTest
    @MethodSource("responses")
    void node_respondsWithError_clientGetsTheReason(
            EngineKind kind, Role role, int status, String form, String expected) throws Exception {
        Pair pair = pair(kind);
        pair.engine(role).inject(Fault.status(status, "{\"error\":{\"message\":\"wrong\"}}"));
        letPrefillFailFirst(pair, role);

        assertThat(pair.post(body(form))).isEqualTo(expected);
    }

    /** An SGLang prefill engine that has met decode in the room lets it respond, whatever becomes of its own response. */
    private static void letPrefillFailFirst(Pair pair, Role struck) {
        if (struck == Role.PREFILL) {
            pair.engine(Role.DECODE).inject(Fault.hangBeforeHeaders());
        }
    }

    static Stream<Arguments> resets() {
        return Stream.of(EngineKind.values())
                .flatMap(kind -> Stream.of(
                        Arguments.of(kind, Role.PREFILL, "plain", "502 prefill_failed"),
                        Arguments.of(kind, Role.DECODE, "plain", "502 decode_failed")));
    }

    @ParameterizedTest
    @MethodSource("resets")
    void node_resetsTheConnection_clientGetsTheReason(EngineKind kind, Role role, String form, String expected)
            throws Exception {
        Pair pair = pair(kind);
        pair.engine(role).inject(Fault.resetBeforeHeaders());
        letPrefillFailFirst(pair, role);

        assertThat(pair.post(body(form))).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void decode_resetsTheConnectionInTheMiddleOfAStream_streamEndsWithAnErrorEvent(EngineKind kind) throws Exception {
        Pair pair = pair(kind);
        pair.engine(Role.DECODE).inject(Fault.resetAfterEvents(2));

        StrictResponse response = pair.gateway().postStrictly(ROUTE, STREAM);

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.text())
                .contains("data: {\"error\":{")
                .doesNotContain("[DONE]")
                .endsWith("\n\n");
        assertThat(response.isWhole()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void client_disconnectsInTheMiddleOfAStream_decodeIsAborted(EngineKind kind) throws Exception {
        Pair pair = pair(kind);
        SimulatedEngine decode = pair.engine(Role.DECODE);
        int before = decode.disconnects().size();
        decode.inject(Fault.hangAfterEvents(2));
        try (RawClient client = new RawClient(pair.gateway())) {
            client.chat(STREAM).readUntil("data:");
        }

        assertThat(decode.awaitDisconnects(before + 1, GENEROUS)).hasSize(before + 1);
    }

    @ParameterizedTest
    @CsvSource({"VLLM, PREFILL", "VLLM, DECODE", "SGLANG, PREFILL", "SGLANG, DECODE"})
    void client_disconnectsBeforeANodeResponds_nodeIsAborted(EngineKind kind, Role role) throws Exception {
        Pair pair = pair(kind);
        SimulatedEngine hanging = pair.engine(role);
        int before = hanging.disconnects().size();
        int requests = hanging.requests(ROUTE).size();
        hanging.inject(Fault.hangBeforeHeaders());
        letPrefillFailFirst(pair, role);
        try (RawClient client = new RawClient(pair.gateway())) {
            client.chat(CHAT);
            hanging.awaitRequests(ROUTE, requests + 1, GENEROUS);
        }

        assertThat(hanging.awaitDisconnects(before + 1, GENEROUS)).hasSize(before + 1);
    }
}
