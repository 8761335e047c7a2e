package io.dlrouter.backend.lmdeploy;

import static io.dlrouter.backend.lmdeploy.LmdeployFleet.CHAT;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.ROUTE;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeState;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.Health;
import io.dlrouter.simulator.LinkCounts;
import io.dlrouter.simulator.SessionCounts;
import io.dlrouter.simulator.SimulatedEngine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links and KV caches when LMDeploy engines leave or restart: docs/lmdeploy-protocol.md, 28 to 33. */
final class LmdeployDepartureTest extends LmdeployFleetCase {
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(50);

    /** A request that decode has, but not its cache. */
    private CompletableFuture<Reply> waiting(SimulatedEngine decode) {
        decode.inject(Fault.hangBeforeHeaders().onPath(ROUTE).times(1));
        CompletableFuture<Reply> reply = fleet.send(CHAT);
        LmdeployFleet.awaitRequests(decode, ROUTE, 1);
        return reply;
    }

    private static String drop(SimulatedEngine callee, SimulatedEngine peer) {
        return "{\"engine_id\":\"" + callee.url() + "\",\"remote_engine_id\":\"" + peer.url() + "\"}";
    }

    @Test
    void link_decodeRemoved_isDroppedOnPrefillThenDecode() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        fleet.link();

        assertThat(fleet.router.nodes().remove(fleet.address(decode))).isTrue();
        decode.awaitLinks(links -> links.standing() == 0, LmdeployFleet.GENEROUS);

        assertThat(prefill.links()).isEqualTo(new LinkCounts(0, 1, 1, 1, 1));
        assertThat(only(prefill, DROP).text()).isEqualTo(drop(prefill, decode));
        assertThat(only(decode, DROP).text()).isEqualTo(drop(decode, prefill));
        assertThat(only(prefill, DROP).arrival()).isBefore(only(decode, DROP).arrival());
    }

    @Test
    void link_decodeRemovedDuringPrefillAndBack_isMadeAgain() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        fleet.link();
        prefill.inject(Fault.holdBeforeHeaders(release).times(1));
        CompletableFuture<Reply> reply = fleet.send(CHAT);
        LmdeployFleet.awaitRequests(prefill, ROUTE, 1);

        fleet.router.nodes().remove(fleet.address(decode));
        release.complete(null);

        assertThat(reply.join().status()).isEqualTo(502);
        assertThat(reply.join().code()).isEqualTo("decode_failed");
        fleet.awaitFreed(prefill, 1);
        fleet.restart(decode);
        fleet.await(() -> fleet.router.notReady().isEmpty());

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);
    }

    @Test
    void link_prefillDrainedDuringRequestAndBack_isMadeAgain() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = fleet.prefill();
        fleet.decode();
        fleet.link();
        prefill.inject(Fault.holdBeforeHeaders(release).times(1));
        CompletableFuture<Reply> reply = fleet.send(CHAT);
        LmdeployFleet.awaitRequests(prefill, ROUTE, 1);

        fleet.router.nodes().drain(fleet.address(prefill));
        release.complete(null);

        assertThat(reply.join().status()).isEqualTo(200);
        assertThat(reply.join().body()).contains("token0");
        fleet.await(() -> !fleet.knows(prefill));
        fleet.restart(prefill);
        fleet.await(() -> fleet.router.notReady().isEmpty());

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);
    }

    @Test
    void link_decodeTerminated_isDroppedAndUnmigratedCacheIsFreed() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode(fleet.engine().decode().allowTerminate());
        assertThat(fleet.post(CHAT).status()).isEqualTo(200);
        decode.inject(Fault.hangBeforeHeaders().onPath(ROUTE));
        CompletableFuture<Reply> reply = fleet.send(CHAT);
        LmdeployFleet.awaitRequests(decode, ROUTE, 2);

        fleet.router.nodes().terminate(fleet.address(decode));

        assertThat(reply.join().status()).isEqualTo(502);
        assertThat(reply.join().code()).isEqualTo("decode_failed");
        prefill.awaitLinks(new LinkCounts(0, 1, 1, 1, 1)::equals, LmdeployFleet.GENEROUS);
        fleet.awaitFreed(prefill, 1);
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(2, 0, 1, 1, 0, 0, 0));
        assertThat(only(prefill, FREE).text()).contains("\"remote_session_id\":2}");
    }

    @Test
    void link_breaksForOneRequestDuringMigrationOfAnother_isDroppedAfterThat() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(Fault.holdAfterHeaders(release).times(1));
        CompletableFuture<Reply> reply = fleet.send(STREAM);
        LmdeployFleet.awaitRequests(decode, ROUTE, 1);
        decode.inject(Fault.resetBeforeHeaders().times(1));

        assertThat(fleet.post(STREAM).status()).isEqualTo(502);

        assertThat(prefill.sessions().adopted()).isZero();
        assertThat(prefill.requests(DROP)).isEmpty();
        release.complete(null);
        assertThat(reply.join().failure()).isEmpty();
        assertThat(reply.join().body()).contains("token5", "[DONE]");
        prefill.awaitLinks(links -> links.dropped() == 1, LmdeployFleet.GENEROUS);
        assertThat(fleet.post(CHAT).status()).isEqualTo(200);
        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
    }

    @Test
    void link_prefillRemoved_isDroppedOnEveryDecodeAndNothingIsFreed() {
        Duration timeout = Duration.ofSeconds(1);
        router(builder -> builder.requestTimeout(timeout));
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        SimulatedEngine other = fleet.decode();
        fleet.link();
        CompletableFuture<Reply> reply = waiting(decode);

        fleet.router.nodes().remove(fleet.address(prefill));
        fleet.clock.advance(timeout);

        assertThat(reply.join().status()).isEqualTo(504);
        assertThat(reply.join().code()).isEqualTo("node_timeout");
        decode.awaitLinks(new LinkCounts(0, 1, 1, 1, 1)::equals, LmdeployFleet.GENEROUS);
        other.awaitLinks(new LinkCounts(0, 1, 1, 1, 1)::equals, LmdeployFleet.GENEROUS);
        assertThat(only(decode, DROP).text()).isEqualTo(drop(decode, prefill));
        fleet.closeRouter();
        assertThat(prefill.requests(FREE)).isEmpty();
        prefill.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void link_prefillRestarted_isMadeAgainAndOldSessionsAreNotFreed(boolean ejected) {
        Duration timeout = Duration.ofSeconds(2);
        router(builder -> hasty(builder).requestTimeout(timeout));
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        CompletableFuture<Reply> reply = waiting(decode);
        prefill.stop();
        if (ejected) {
            fleet.clock.advance(PROBE_INTERVAL);
            fleet.await(() -> fleet.status(prefill).state() == NodeState.EJECTED);
        }

        fleet.restart(prefill);
        fleet.await(() -> fleet.router.notReady().isEmpty());

        CompletableFuture<Reply> next = fleet.send(CHAT);
        fleet.clock.advance(timeout);
        assertThat(reply.join().code()).isEqualTo("node_timeout");
        assertThat(next.join().status()).isEqualTo(200);
        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 0));
        assertThat(decode.links().initialized()).isEqualTo(2);
        fleet.closeRouter();
        assertThat(prefill.requests(FREE)).isEmpty();
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(2, 0, 1, 0, 0, 0, 0));
    }

    /** With a router that ejects a node after one failed probe. */
    private static RouterBuilder hasty(RouterBuilder builder) {
        return builder.healthCheckInterval(PROBE_INTERVAL).healthCheckMaxFailures(1);
    }

    @Test
    void link_decodeRestarted_isMadeAgainBeforeNextRequest() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        fleet.restart(decode);
        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
        assertThat(decode.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 0));
        assertThat(prefill.sessions().adopted()).isEqualTo(2);
    }

    @Test
    void link_decodeEjectedAndBack_isMadeAgain() {
        router(LmdeployDepartureTest::hasty);
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        decode.health(Health.UNHEALTHY);
        fleet.advanceUntil(() -> fleet.status(decode).state() == NodeState.EJECTED, PROBE_INTERVAL);
        decode.health(Health.READY);
        fleet.advanceUntil(() -> fleet.router.notReady().isEmpty(), PROBE_INTERVAL);
        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
        assertThat(decode.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
    }

    @Test
    void freeAndDrop_hang_delayNoRequest() {
        SimulatedEngine slow = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        fleet.link();
        slow.inject(Fault.hangBeforeHeaders().onPath(FREE).times(1));
        slow.inject(Fault.hangBeforeHeaders().onPath(DROP).times(1));
        decode.inject(Fault.status(400, "{}").times(1));

        assertThat(fleet.post(CHAT).status()).isEqualTo(400);
        fleet.passFreeDelay();
        LmdeployFleet.awaitRequests(slow, FREE, 1);
        fleet.router.nodes().remove(fleet.address(decode));
        LmdeployFleet.awaitRequests(slow, DROP, 1);
        fleet.prefill();
        fleet.decode();
        fleet.router.nodes().drain(fleet.address(slow));

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        slow.close();
        fleet.passFreeDelay(2);
        fleet.passFreeDelay(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {FREE, DROP})
    void freeOrDrop_fails_clientStillGetsResponse(String path) {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        SimulatedEngine other = fleet.decode();
        fleet.link();
        prefill.inject(Fault.internalError().onPath(path).times(1));
        decode.inject(Fault.resetBeforeHeaders().times(1));

        for (Reply reply : List.of(fleet.post(CHAT), fleet.post(CHAT))) {
            assertThat(reply.status()).isEqualTo(200);
        }

        assertThat(other.requests(ROUTE)).isNotEmpty();
        fleet.passFreeDelay();
        LmdeployFleet.awaitRequests(prefill, path, 1);
        if (path.equals(FREE)) {
            fleet.passFreeDelay(2);
        }
        prefill.awaitSessions(sessions -> sessions.freed() == 1, LmdeployFleet.GENEROUS);
    }

    @Test
    void removeAndFree_repeated_haveNoEffect() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(Fault.resetAfterBytes(0));

        assertThat(fleet.post(CHAT).status()).isEqualTo(502);
        fleet.passFreeDelay();
        prefill.awaitSessions(new SessionCounts(1, 0, 1, 0, 1, 0, 0)::equals, LmdeployFleet.GENEROUS);

        assertThat(fleet.atOnce(4, () -> fleet.router.nodes().remove(fleet.address(decode))))
                .contains(true);
        assertThat(fleet.router.nodes().remove(fleet.address(decode))).isFalse();
    }
}
