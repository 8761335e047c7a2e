package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.Health;
import io.dlrouter.simulator.LinkCounts;
import io.dlrouter.simulator.SessionCounts;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links and KV caches when LMDeploy engines leave or restart: docs/lmdeploy-points.md, 28 to 33. */
final class LmdeployDepartureTest extends LmdeployFleetCase {
    private static final Duration SOON = Duration.ofSeconds(5);

    /** A request that decode has, but not its cache. */
    private static RawClient waiting(Gateway gateway, SimulatedEngine decode) throws Exception {
        decode.inject(Fault.hangBeforeHeaders().onPath(ROUTE).times(1));
        RawClient client = new RawClient(gateway).chat(CHAT);
        Await.until(() -> decode.requests(ROUTE).size() == 1);
        return client;
    }

    private static String drop(SimulatedEngine callee, SimulatedEngine peer) {
        return "{\"engine_id\":\"" + callee.url() + "\",\"remote_engine_id\":\"" + peer.url() + "\"}";
    }

    @Test
    void link_decodeRemoved_isDroppedOnPrefillThenDecode() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        link(gateway);

        assertThat(gateway.post("/nodes/remove", url(decode)).statusCode()).isEqualTo(200);
        decode.awaitLinks(links -> links.standing() == 0, SOON);

        assertThat(prefill.links()).isEqualTo(new LinkCounts(0, 1, 1, 1, 1));
        assertThat(only(prefill, DROP).text()).isEqualTo(drop(prefill, decode));
        assertThat(only(decode, DROP).text()).isEqualTo(drop(decode, prefill));
        assertThat(only(prefill, DROP).arrival()).isBefore(only(decode, DROP).arrival());
    }

    @Test
    void decodeIsRemovedDuringPrefillAndComesBack_isLinkedAnew() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = fleet.prefill(fleet.engine().prefill().timeToFirstToken(Duration.ofSeconds(2)));
        SimulatedEngine decode = decode();
        link(gateway);
        try (RawClient client = new RawClient(gateway).chat(CHAT)) {
            Await.until(() -> prefill.requests(ROUTE).size() == 1);
            gateway.post("/nodes/remove", url(decode));

            assertThat(client.readUntil("decode_failed")).startsWith("HTTP/1.1 502 ");
        }
        prefill.awaitSessions(sessions -> sessions.freed() == 1, SOON);
        decode.stop();
        decode.restart();
        Await.until(() -> gateway.get("/ready").statusCode() == 200);

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
    }

    @Test
    void prefillIsDrainedDuringARequestAndComesBack_isLinkedAnew() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = fleet.prefill(fleet.engine().prefill().timeToFirstToken(Duration.ofMillis(500)));
        decode();
        link(gateway);
        try (RawClient client = new RawClient(gateway).chat(CHAT)) {
            Await.until(() -> prefill.requests(ROUTE).size() == 1);
            gateway.post("/nodes/drain", url(prefill));

            assertThat(client.readUntil("token0")).startsWith("HTTP/1.1 200 ");
        }
        Await.until(() -> gateway.nodes().size() == 1);
        prefill.stop();
        prefill.restart();
        Await.until(() -> gateway.get("/ready").statusCode() == 200);

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
    }

    @Test
    void link_decodeTerminated_isDroppedAndUnmigratedCacheIsFreed() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = fleet.decode(fleet.engine().decode().allowTerminate());
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        decode.inject(Fault.hangBeforeHeaders().onPath(ROUTE));
        try (RawClient client = new RawClient(gateway).chat(CHAT)) {
            Await.until(() -> decode.requests(ROUTE).size() == 2);

            gateway.post("/nodes/terminate", url(decode));

            assertThat(client.readUntil("decode_failed\"}}")).startsWith("HTTP/1.1 502 ");
        }
        prefill.awaitLinks(new LinkCounts(0, 1, 1, 1, 1)::equals, SOON);
        prefill.awaitSessions(new SessionCounts(2, 0, 1, 1, 0, 0, 0)::equals, SOON);
        assertThat(only(prefill, FREE).text()).contains("\"remote_session_id\":2}");
    }

    @Test
    void link_breaksForOneRequestWhileAnotherTakesItsCache_isDroppedAfterThat() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode(DistServeOptions.DEFAULT.migrationTime(Duration.ofSeconds(1)));
        try (RawClient client = new RawClient(gateway).chat(STREAM)) {
            Await.until(() -> decode.requests(ROUTE).size() == 1);
            decode.inject(Fault.resetBeforeHeaders().times(1));

            assertThat(gateway.post(ROUTE, STREAM).statusCode()).isEqualTo(502);

            assertThat(prefill.sessions().adopted()).isZero();
            assertThat(client.readUntil("[DONE]")).contains("token5").doesNotContain("\"error\"");
        }
        prefill.awaitLinks(links -> links.dropped() == 1, SOON);
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
    }

    @Test
    void link_prefillRemoved_isDroppedOnEveryDecodeAndNothingIsFreed() throws Exception {
        Gateway gateway = fleet.gateway("--request_timeout", "1s");
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        SimulatedEngine other = decode();
        link(gateway);
        try (RawClient client = waiting(gateway, decode)) {
            gateway.post("/nodes/remove", url(prefill));

            assertThat(client.readUntil("node_timeout\"}}")).startsWith("HTTP/1.1 504 ");
        }
        decode.awaitLinks(new LinkCounts(0, 1, 1, 1, 1)::equals, SOON);
        other.awaitLinks(new LinkCounts(0, 1, 1, 1, 1)::equals, SOON);
        assertThat(only(decode, DROP).text()).isEqualTo(drop(decode, prefill));
        gateway.close();
        assertThat(prefill.requests(FREE)).isEmpty();
        prefill.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void link_prefillRestarted_isMadeAgainAndOldSessionsAreNotFreed(boolean ejected) throws Exception {
        Gateway gateway = fleet.gateway(
                "--request_timeout", "2s", "--health_check_interval", "50ms", "--health_check_max_failures", "1");
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        try (RawClient client = waiting(gateway, decode)) {
            prefill.stop();
            if (ejected) {
                Await.until(() -> !gateway.nodes().containsKey(prefill.url()));
            }
            prefill.restart();
            Await.until(() -> gateway.get("/ready").statusCode() == 200);
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

            assertThat(client.readUntil("node_timeout\"}}")).startsWith("HTTP/1.1 504 ");
        }

        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 0));
        assertThat(decode.links().initialized()).isEqualTo(2);
        gateway.close();
        assertThat(prefill.requests(FREE)).isEmpty();
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(2, 0, 1, 0, 0, 0, 0));
    }

    @Test
    void link_decodeRestarted_isMadeAgainBeforeNextRequest() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        decode.stop();
        decode.restart();
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
        assertThat(decode.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 0));
        assertThat(prefill.sessions().adopted()).isEqualTo(2);
    }

    @Test
    void link_decodeEjectedAndBack_isMadeAgain() throws Exception {
        Gateway gateway = fleet.gateway("--health_check_interval", "50ms", "--health_check_max_failures", "1");
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        decode.health(Health.UNHEALTHY);
        Await.until(() -> !gateway.nodes().containsKey(decode.url()));
        decode.health(Health.READY);
        Await.until(() -> gateway.get("/ready").statusCode() == 200);
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
        assertThat(decode.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
    }

    @Test
    void freeAndDrop_hang_delayNoRequest() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine slow = prefill();
        SimulatedEngine decode = decode();
        link(gateway);
        slow.inject(Fault.hangBeforeHeaders().onPath(FREE).times(1));
        slow.inject(Fault.hangBeforeHeaders().onPath(DROP).times(1));
        decode.inject(Fault.status(400, "{}").times(1));

        long begun = System.nanoTime();
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(400);
        Await.until(() -> slow.requests(FREE).size() == 1);
        gateway.post("/nodes/remove", url(decode));
        prefill();
        decode();
        gateway.post("/nodes/drain", url(slow));
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
        slow.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {FREE, DROP})
    void freeOrDrop_fails_clientStillGetsResponse(String path) throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        SimulatedEngine other = decode();
        link(gateway);
        prefill.inject(Fault.internalError().onPath(path).times(1));
        decode.inject(Fault.resetBeforeHeaders().times(1));

        for (HttpResponse<String> answer : List.of(gateway.post(ROUTE, CHAT), gateway.post(ROUTE, CHAT))) {
            assertThat(answer.statusCode()).isEqualTo(200);
        }

        assertThat(other.requests(ROUTE)).isNotEmpty();
        Await.until(() -> !prefill.requests(path).isEmpty());
    }

    @Test
    void removeAndFree_repeated_haveNoEffect() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        decode.inject(Fault.resetAfterBytes(0));

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(502);
        prefill.awaitSessions(new SessionCounts(1, 0, 1, 0, 1, 0, 0)::equals, SOON);

        assertThat(atOnce(4, () -> gateway.post("/nodes/remove", url(decode))))
                .extracting(HttpResponse::statusCode)
                .isSubsetOf(200, 404)
                .contains(200);
        assertThat(gateway.post("/nodes/remove", url(decode)).statusCode()).isEqualTo(404);
    }
}
