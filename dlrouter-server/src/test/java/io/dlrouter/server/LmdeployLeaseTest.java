package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SessionCounts;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The KV cache that an LMDeploy prefill node holds is migrated or freed, once: docs/lmdeploy-points.md, 25 to 27. */
final class LmdeployLeaseTest extends LmdeployFleetCase {
    private static final SessionCounts ADOPTED = new SessionCounts(1, 0, 1, 0, 0, 0, 0);
    private static final SessionCounts FREED = new SessionCounts(1, 0, 0, 1, 0, 0, 0);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofSeconds(2);

    static Stream<Arguments> deathsBeforeTheCacheIsTaken() {
        return Stream.of(
                death("refuses", CHAT, 502, SimulatedEngine::stop),
                death("is full", CHAT, 503, decode -> decode.inject(Fault.status(503))),
                death("breaks off before its head", CHAT, 502, decode -> decode.inject(Fault.resetBeforeHeaders())),
                death("breaks off after its head", STREAM, 502, decode -> decode.inject(Fault.resetAfterHeaders())),
                death("ends after its head", STREAM, 502, decode -> decode.inject(Fault.cutAfterHeaders())),
                death("begins with an error", STREAM, 200, decode -> decode.inject(errorEvent())),
                death("is silent", CHAT, 504, decode -> decode.inject(Fault.hangBeforeHeaders())),
                death("is silent after its head", STREAM, 504, decode -> decode.inject(Fault.hangAfterHeaders())));
    }

    private static Arguments death(String how, String body, int status, Consumer<SimulatedEngine> death) {
        return Arguments.of(how, body, status, death);
    }

    private static Fault errorEvent() {
        return Fault.canned(
                200,
                Map.of("content-type", "text/event-stream"),
                "data: {\"error\":{\"message\":\"broken\",\"code\":500}}\n\ndata: [DONE]\n\n".getBytes(UTF_8));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("deathsBeforeTheCacheIsTaken")
    void cache_decodeFailsBeforeFirstChunk_isFreedOnce(
            String how, String body, int status, Consumer<SimulatedEngine> death) throws Exception {
        Gateway gateway = fleet.gateway("--request_timeout", "1s");
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        link(gateway);
        death.accept(decode);

        assertThat(gateway.post(ROUTE, body).statusCode()).isEqualTo(status);

        prefill.awaitSessions(FREED::equals, SOON);
        assertThat(only(prefill, FREE).text())
                .isEqualTo("{\"remote_engine_id\":\"" + prefill.url() + "\",\"remote_session_id\":1}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cache_decodeFailsAfterFirstChunk_isNotFreedAndClientGetsErrorEvent(boolean reset) throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        decode.inject(reset ? Fault.resetAfterEvents(1) : Fault.cutAfterEvents(1));

        HttpResponse<String> answer = gateway.post(ROUTE, STREAM);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("token0", "data: {\"error\":{").doesNotContain("[DONE]");
        fleet.assertNothingLeft();
        gateway.close();
        assertThat(prefill.sessions()).isEqualTo(ADOPTED);
        assertThat(prefill.requests(FREE)).isEmpty();
    }

    @Test
    void cache_clientDisconnectsDuringPrefill_isFreedAfterPrefill() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = fleet.prefill(fleet.engine().prefill().timeToFirstToken(Duration.ofSeconds(2)));
        SimulatedEngine decode = decode();
        try (RawClient client = new RawClient(gateway)) {
            client.chat(STREAM);
            Await.until(() -> !prefill.requests(ROUTE).isEmpty());
        }

        prefill.awaitSessions(FREED::equals, GRACE);
        assertThat(prefill.disconnects()).isEmpty();
        assertThat(decode.requests(ROUTE)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cache_clientDisconnectsDuringMigration_isMigratedBeforeDecodeEnds(boolean streamed) throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = fleet.decode(fleet.engine()
                .decode()
                .distServe(DistServeOptions.DEFAULT.migrationTime(Duration.ofSeconds(1)))
                .timePerToken(Duration.ofMillis(300)));
        leaveOnceItIsAt(decode, gateway, streamed ? STREAM : CHAT);

        prefill.awaitSessions(ADOPTED::equals, GRACE);
        fleet.assertNothingLeft();
        gateway.close();
        assertThat(prefill.requests(FREE)).isEmpty();
    }

    private static Instant leaveOnceItIsAt(SimulatedEngine decode, Gateway gateway, String body) throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.chat(body);
            Await.until(() -> !decode.requests(ROUTE).isEmpty());
        }
        return Instant.now();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void cache_clientDisconnectsWhileDecodeHangs_isFreedAfterGracePeriod() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        decode.inject(Fault.hangAfterHeaders());

        Instant left = leaveOnceItIsAt(decode, gateway, STREAM);
        Instant ended = decode.awaitDisconnects(1, GRACE.plus(SOON)).get(0).noticed();
        prefill.awaitSessions(FREED::equals, SOON);

        assertThat(Duration.between(left, ended)).isBetween(GRACE.minusSeconds(1), GRACE.plusSeconds(1));
        assertThat(only(prefill, FREE).arrival()).isAfter(ended);
    }

    @Test
    void cache_clientDisconnectsAfterFirstChunk_isNotFreedAndDecodeEndsAtOnce() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        decode.inject(Fault.hangAfterEvents(1));
        Instant left;
        try (RawClient client = new RawClient(gateway)) {
            client.chat(STREAM).readUntil("data: ");
            left = Instant.now();
        }

        Instant ended = decode.awaitDisconnects(1, SOON).get(0).noticed();
        assertThat(Duration.between(left, ended)).isLessThan(Duration.ofMillis(200));
        fleet.assertNothingLeft();
        gateway.close();
        assertThat(prefill.sessions()).isEqualTo(ADOPTED);
        assertThat(prefill.requests(FREE)).isEmpty();
    }

    @Test
    void gateway_closedWhileDecodeHasNotTakenTheCache_freesIt() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        decode.inject(Fault.hangBeforeHeaders());
        try (RawClient client = new RawClient(gateway)) {
            client.chat(CHAT);
            Await.until(() -> !decode.requests(ROUTE).isEmpty());
            gateway.close();
        }

        prefill.awaitSessions(FREED::equals, GRACE);
    }
}
