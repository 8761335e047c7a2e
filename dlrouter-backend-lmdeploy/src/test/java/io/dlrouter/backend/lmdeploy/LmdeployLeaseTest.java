package io.dlrouter.backend.lmdeploy;

import static io.dlrouter.backend.lmdeploy.LmdeployFleet.CHAT;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.ROUTE;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterClosedException;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SessionCounts;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The KV cache that an LMDeploy prefill node holds is migrated or freed, once: docs/lmdeploy-protocol.md, 25 to 27. */
final class LmdeployLeaseTest extends LmdeployFleetCase {
    private static final SessionCounts ADOPTED = new SessionCounts(1, 0, 1, 0, 0, 0, 0);
    private static final SessionCounts FREED = new SessionCounts(1, 0, 0, 1, 0, 0, 0);
    private static final Duration GRACE = Duration.ofSeconds(10);

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
            String how, String body, int status, Consumer<SimulatedEngine> death) {
        Duration timeout = Duration.ofSeconds(1);
        router(builder -> builder.requestTimeout(timeout));
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        fleet.link();
        death.accept(decode);

        CompletableFuture<Reply> reply = fleet.send(body);
        if (status == 504) {
            LmdeployFleet.awaitRequests(decode, ROUTE, 1);
            fleet.clock.advance(timeout);
        }

        assertThat(reply.join().status()).isEqualTo(status);
        fleet.awaitFreed(prefill, 1);
        assertThat(prefill.sessions()).isEqualTo(FREED);
        assertThat(only(prefill, FREE).text())
                .isEqualTo("{\"remote_engine_id\":\"" + prefill.url() + "\",\"remote_session_id\":1}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cache_decodeFailsAfterFirstChunk_isNotFreedAndCallerGetsTheFailure(boolean reset) {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(reset ? Fault.resetAfterEvents(1) : Fault.cutAfterEvents(1));

        Reply reply = fleet.post(STREAM);

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).contains("token0").doesNotContain("[DONE]");
        assertThat(reply.code()).isEqualTo("bad_node_response");
        assertAdoptedAndNeverFreed(prefill);
    }

    private void assertAdoptedAndNeverFreed(SimulatedEngine prefill) {
        fleet.assertNothingLeft();
        fleet.closeRouter();
        assertThat(prefill.sessions()).isEqualTo(ADOPTED);
        assertThat(prefill.requests(FREE)).isEmpty();
    }

    @Test
    void cache_clientDisconnectsDuringPrefill_isFreedAfterPrefill() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        prefill.inject(Fault.holdBeforeHeaders(release));

        CompletableFuture<Reply> reply = leaveOnceItIsAt(prefill, STREAM);
        release.complete(null);

        assertThat(reply.join().failure()).containsInstanceOf(RequestCancelledException.class);
        fleet.awaitFreed(prefill, 1);
        assertThat(prefill.sessions()).isEqualTo(FREED);
        assertThat(prefill.disconnects()).isEmpty();
        assertThat(decode.requests(ROUTE)).isEmpty();
    }

    /** Sends a request of a client that disconnects as soon as an engine has it. */
    private CompletableFuture<Reply> leaveOnceItIsAt(SimulatedEngine engine, String body) {
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Reply> reply = fleet.send(body, cancellation);
        LmdeployFleet.awaitRequests(engine, ROUTE, 1);
        cancellation.cancel();
        return reply;
    }

    @Test
    void cache_clientDisconnectsDuringMigration_isMigratedBeforeDecodeEnds() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode(fleet.engine().timePerToken(Duration.ofHours(1)));
        decode.inject(Fault.holdAfterHeaders(release));

        CompletableFuture<Reply> reply = leaveOnceItIsAt(decode, STREAM);
        assertThat(decode.disconnects()).isEmpty();
        release.complete(null);

        assertThat(reply.join().failure()).containsInstanceOf(RequestCancelledException.class);
        decode.awaitDisconnects(1, LmdeployFleet.GENEROUS);
        assertAdoptedAndNeverFreed(prefill);
    }

    @Test
    void cache_clientDisconnectsDuringMigrationOfPlainResponse_isMigrated() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(Fault.holdBeforeHeaders(release));

        CompletableFuture<Reply> reply = leaveOnceItIsAt(decode, CHAT);
        release.complete(null);

        reply.join();
        assertAdoptedAndNeverFreed(prefill);
    }

    @Test
    void cache_clientDisconnectsWhileDecodeHangs_isFreedAfterGracePeriod() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(Fault.hangAfterHeaders());

        CompletableFuture<Reply> reply = leaveOnceItIsAt(decode, STREAM);
        fleet.clock.advance(GRACE.minusMillis(100));
        assertThat(reply).isNotDone();
        assertThat(decode.disconnects()).isEmpty();
        assertThat(prefill.requests(FREE)).isEmpty();

        fleet.clock.advance(Duration.ofMillis(100));
        Instant ended =
                decode.awaitDisconnects(1, LmdeployFleet.GENEROUS).get(0).noticed();
        assertThat(reply.join().failure()).containsInstanceOf(RequestCancelledException.class);
        fleet.awaitFreed(prefill, 1);
        assertThat(prefill.sessions()).isEqualTo(FREED);
        assertThat(only(prefill, FREE).arrival()).isAfter(ended);
    }

    @Test
    void cache_clientDisconnectsAfterFirstChunk_isNotFreedAndDecodeEndsAtOnce() throws IOException {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(Fault.hangAfterEvents(1));
        Cancellation cancellation = new Cancellation();
        try (InferenceResponse response =
                fleet.router.route(InferenceRequest.post(ROUTE, STREAM.getBytes(UTF_8)), cancellation)) {
            assertThat(response.body().readNBytes(6)).asString(UTF_8).isEqualTo("data: ");

            cancellation.cancel();

            decode.awaitDisconnects(1, LmdeployFleet.GENEROUS);
        }
        assertAdoptedAndNeverFreed(prefill);
    }

    @Test
    void cache_routerClosedBeforeMigration_isFreed() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(Fault.hangBeforeHeaders());
        CompletableFuture<Reply> reply = fleet.send(CHAT);
        LmdeployFleet.awaitRequests(decode, ROUTE, 1);

        CompletableFuture<Void> closed = fleet.beginClose();

        fleet.awaitFreed(prefill, 1);
        assertThat(prefill.sessions()).isEqualTo(FREED);
        closed.join();
        assertThat(reply.join().failure()).containsInstanceOf(RouterClosedException.class);
    }
}
