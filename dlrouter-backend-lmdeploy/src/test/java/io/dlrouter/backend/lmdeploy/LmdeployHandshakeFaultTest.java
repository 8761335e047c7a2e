package io.dlrouter.backend.lmdeploy;

import static io.dlrouter.backend.lmdeploy.LmdeployFleet.CHAT;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Handshakes with LMDeploy engines that fail, hang or cannot succeed: docs/lmdeploy-protocol.md, 9 to 13. */
final class LmdeployHandshakeFaultTest extends LmdeployFleetCase {
    private static final Fault BROKEN_INITIALIZE = Fault.internalError().onPath(INITIALIZE);

    @Test
    void handshake_initializeAlwaysFails_endsAfterEightAttemptsWithGrowingGaps() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        prefill.inject(BROKEN_INITIALIZE);

        CompletableFuture<Reply> sent = fleet.send(CHAT);
        List<Duration> gaps = fleet.passLinkGaps(7);
        Reply reply = sent.join();

        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.code()).isEqualTo("prefill_failed");
        assertThat(reply.message()).contains(prefill.url(), INITIALIZE, "status: 500", "8 attempts");
        assertThat(prefill.requests(INITIALIZE)).hasSize(8);
        for (int i = 0; i < gaps.size(); i++) {
            assertThat(gaps.get(i)).isGreaterThanOrEqualTo(Duration.ofMillis(Math.min(75L << i, 3750)));
        }
        assertThat(decode.requests(INITIALIZE)).isEmpty();
        fleet.assertChats(0, 0);
    }

    @ParameterizedTest
    @CsvSource({"2, 64, tp_size", "1, 128, block_size"})
    void handshake_pairIncompatible_isNotTriedUntilReregistered(int tpSize, int blockSize, String reason) {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine misfit =
                fleet.decode(DistServeOptions.DEFAULT.tpSize(tpSize).blockSize(blockSize));

        for (int i = 0; i < 3; i++) {
            Reply reply = fleet.post(CHAT);
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.message()).contains(reason, "expected: the same");
        }
        assertThat(linkCalls()).containsExactly("prefill engine_info", "decode engine_info");
        assertThat(fleet.router.linkAll())
                .singleElement()
                .satisfies(link -> assertThat(link.failure())
                        .hasValueSatisfying(failure -> assertThat(failure).contains(reason)));

        fleet.restart(misfit);
        assertThat(fleet.post(CHAT).status()).isEqualTo(502);
        assertThat(prefill.links().infos()).isEqualTo(2);
        assertThat(misfit.links().infos()).isEqualTo(2);
        assertThat(prefill.requests(ROUTE)).isEmpty();
    }

    @Test
    void handshake_onePairIncompatible_otherPairServes() {
        fleet.prefill();
        SimulatedEngine misfit = fleet.decode(DistServeOptions.DEFAULT.tpSize(2));
        SimulatedEngine fitting = fleet.decode();

        for (int i = 0; i < 4; i++) {
            assertThat(fleet.post(CHAT).status()).isEqualTo(200);
        }

        assertThat(misfit.requests(INITIALIZE)).isEmpty();
        assertThat(misfit.links().infos()).isEqualTo(1);
        assertThat(fitting.requests(ROUTE)).hasSize(4);
    }

    @Test
    void handshake_failsOnceWithFiveWaiting_allSucceed() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        prefill.inject(BROKEN_INITIALIZE.times(1));

        List<CompletableFuture<Reply>> sent = fleet.beginAtOnce(5, () -> fleet.post(CHAT));
        fleet.passLinkGaps(1);
        List<Reply> replies = LmdeployFleet.results(sent);

        assertThat(replies).extracting(Reply::status).containsOnly(200);
        assertThat(prefill.requests(INITIALIZE)).hasSize(2);
        assertThat(decode.requests(INITIALIZE)).hasSize(1);
        assertThat(prefill.sessions().adopted()).isEqualTo(5);
    }

    @Test
    void handshake_engineHangs_timesOutWhileOtherPairsServe() {
        SimulatedEngine hanging = fleet.prefill();
        fleet.decode();
        hanging.inject(Fault.hangBeforeHeaders().onPath(INITIALIZE).times(1));
        CompletableFuture<Reply> behind = fleet.send(CHAT);
        LmdeployFleet.awaitRequests(hanging, INITIALIZE, 1);
        fleet.prefill();
        fleet.decode();

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);
        assertThat(behind).isNotDone();
        fleet.clock.advance(Patience.DEFAULT.call());
        fleet.passLinkGaps(1);
        assertThat(behind.join().status()).isEqualTo(200);
        assertThat(hanging.requests(INITIALIZE)).hasSize(2);
    }

    @Test
    void handshake_connectFailsOnDecode_startsAgainWithEngineInfo() {
        fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(Fault.internalError().onPath(CONNECT).times(1));

        CompletableFuture<Reply> sent = fleet.send(CHAT);
        fleet.passLinkGaps(1);

        assertThat(sent.join().status()).isEqualTo(200);
        assertThat(linkCalls())
                .isEqualTo(Stream.concat(HANDSHAKE.stream(), HANDSHAKE.stream()).toList());
    }

    @Test
    void engine_refusesConnectionsBeforeItIsLinked_otherOneServes() {
        SimulatedEngine gone = fleet.decode();
        fleet.decode();
        fleet.prefill();
        gone.stop();

        CompletableFuture<Reply> sent = fleet.send(CHAT);
        fleet.passLinkGaps(7);

        assertThat(sent.join().status()).isEqualTo(200);
        fleet.assertChats(1, 1);
    }
}
