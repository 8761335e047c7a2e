package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static io.dlrouter.simulator.LinkedPair.FREE;
import static io.dlrouter.simulator.LinkedPair.PREFILL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SessionTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String STREAM = "\"stream\":true,";

    private final LinkedPair pair;
    private final SimulatedEngine prefill;
    private final SimulatedEngine decode;

    SessionTest() throws Exception {
        pair = LinkedPair.linked();
        prefill = pair.prefill;
        decode = pair.decode;
    }

    @AfterEach
    void stop() {
        pair.close();
    }

    @Test
    void free_ofALiveSession_endsIt() throws Exception {
        pair.prefill(PREFILL);
        HttpResponse<String> answer = pair.free("1");

        assertThat(answer.body()).isEqualTo("{\"status\":\"SUCCESS\"}");
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(1, 0, 0, 1, 0, 0, 0));
        assertThat(prefill.violations()).isEmpty();
    }

    @Test
    void free_ofAnEndedSession_isCountedAndHarmless() throws Exception {
        pair.decode(pair.order());
        pair.free("1");
        pair.prefill(PREFILL);
        pair.free("2");
        pair.free("2");

        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(2, 0, 1, 1, 2, 0, 0));
        assertThat(prefill.violations()).isEmpty();
    }

    @Test
    void free_ofNobodysSession_isASuccessAndAViolation() throws Exception {
        assertThat(pair.free("7").body()).isEqualTo("{\"status\":\"SUCCESS\"}");
        assertThat(prefill.sessions().freedUnknown()).isEqualTo(1);
        assertThat(prefill.violations())
                .containsExactly("free_cache: session 7, nobody's (expected: one that this engine issued)");
    }

    @Test
    void free_ofAnEarlierLifesSession_isASuccessAndAViolation() throws Exception {
        pair.prefill(PREFILL);
        prefill.stop();
        prefill.restart();
        assertThat(pair.free("1").body()).isEqualTo("{\"status\":\"SUCCESS\"}");

        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(1, 0, 0, 0, 0, 0, 1));
        assertThat(prefill.violations()).singleElement().asString().contains("an earlier life's");
        assertThat(pair.prefill(PREFILL).body()).contains("\"cache_session_id\":1}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"1\"", "\"chatcmpl-x\"", "-1", "1.0", "true", "null"})
    void free_ofAnotherForm_is400AndAViolation(String session) throws Exception {
        pair.prefill(PREFILL);

        assertThat(pair.free(session).statusCode()).isEqualTo(400);
        assertThat(prefill.sessions().alive()).isEqualTo(1);
        assertThat(prefill.violations()).singleElement().asString().contains("remote_session_id: ");
    }

    @Test
    void free_namingAnotherEngine_isAViolation() throws Exception {
        String body = "{\"remote_engine_id\":\"" + decode.url() + "\",\"remote_session_id\":1}";

        assertThat(new ApiClient(prefill).post(FREE, body).statusCode()).isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().startsWith("remote_engine_id: ");
    }

    @Test
    void fault_onARoute_failsTheFirstCallsOnly() throws Exception {
        pair.prefill(PREFILL);
        prefill.inject(Fault.internalError().onPath(FREE).times(1));

        HttpResponse<String> failed = pair.free("1");
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(failed.body()).isEqualTo("Internal Server Error");
        assertThat(pair.free("1").statusCode()).isEqualTo(200);
    }

    @Test
    void fault_overHttp_answersThePlainText() throws Exception {
        String fault = "{\"kind\":\"internal_error\",\"path\":\"" + FREE + "\"}";
        new ApiClient(prefill).post("/simulator/fault", fault);

        assertThat(pair.free("1").body()).isEqualTo("Internal Server Error");
    }

    @Test
    void fault_withoutAPath_leavesTheHandshakeAlone() throws Exception {
        decode.inject(Fault.status(503));
        pair.drop(prefill, decode);
        pair.drop(decode, prefill);
        pair.link();

        assertThat(decode.links().standing()).isEqualTo(1);
        assertThat(pair.decode(pair.order()).statusCode()).isEqualTo(503);
    }

    static Stream<Fault> failuresBeforeTheTakeover() {
        byte[] error = "data: {\"error\":{\"code\":500}}\n\n".getBytes(UTF_8);
        return Stream.of(
                Fault.status(503),
                Fault.internalError(),
                Fault.canned(200, Map.of("content-type", "text/event-stream"), error),
                Fault.resetBeforeHeaders(),
                Fault.cutAfterHeaders(),
                Fault.resetAfterHeaders());
    }

    @ParameterizedTest
    @MethodSource("failuresBeforeTheTakeover")
    void decode_failsBeforeItsFirstOutput_leavesTheSessionAlive(Fault fault) throws Exception {
        decode.inject(fault);
        decodeDespiteFault();

        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(1, 1, 0, 0, 0, 0, 0));
    }

    @Test
    void decode_failsAfterItsFirstOutput_hasTakenTheSession() throws Exception {
        decode.inject(Fault.cutAfterEvents(1));
        decodeDespiteFault();

        prefill.awaitSessions(new SessionCounts(1, 0, 1, 0, 0, 0, 0)::equals, SOON);
    }

    @Test
    void decode_hangsAfterTheHead_leavesTheSessionAlive() throws Exception {
        decode.inject(Fault.hangAfterHeaders());
        try (RawClient client = new RawClient(decode)) {
            client.send(RawClient.post(CHAT, chat(pair.order() + STREAM), "x-lmdeploy-distserve-proxy: 1"))
                    .readUntil("\r\n\r\n");
            client.leave();
            decode.awaitDisconnects(1, SOON);
        }
        assertThat(prefill.sessions().alive()).isEqualTo(1);
    }

    @Test
    void await_inVain_saysWhatThereIs() {
        assertThatThrownBy(() -> prefill.awaitSessions(counts -> counts.alive() > 0, Duration.ofMillis(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("SessionCounts[issued=0, ");
        assertThatThrownBy(() -> prefill.awaitLinks(counts -> counts.standing() > 1, Duration.ofMillis(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("LinkCounts[standing=1, ");
    }

    @Test
    void counts_areToldOverHttp() throws Exception {
        pair.order();

        assertThat(new ApiClient(prefill).get("/simulator/requests").body())
                .contains("\"links\":{\"standing\":1,\"infos\":1,\"initialized\":1,\"connected\":1,\"dropped\":0}")
                .contains("\"sessions\":{\"issued\":1,\"alive\":1,\"adopted\":0,");
    }

    private void decodeDespiteFault() throws Exception {
        String order = pair.order();
        try {
            pair.decode(order + STREAM);
        } catch (IOException broken) {
            assertThat(decode.awaitIdle(SOON)).isTrue();
        }
    }
}
