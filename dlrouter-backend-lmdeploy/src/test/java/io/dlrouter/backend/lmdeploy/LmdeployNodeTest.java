package io.dlrouter.backend.lmdeploy;

import static io.dlrouter.backend.lmdeploy.LmdeployFleet.CHAT;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeState;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.Health;
import io.dlrouter.simulator.SimulatedEngine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** LMDeploy engines that register themselves and start to serve: docs/lmdeploy-protocol.md, 34 and 35. */
final class LmdeployNodeTest extends LmdeployFleetCase {
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(50);

    /** Time stands still: what asked the engine would wait for ever. */
    @Test
    void registration_portDoesNotAnswerYet_isAcceptedAtOnce() {
        SimulatedEngine engine = fleet.engine().prefill().start();
        engine.inject(Fault.hangBeforeHeaders().onPath("/health"));
        engine.inject(Fault.hangBeforeHeaders().onPath("/v1/models"));
        fleet.prefills.add(engine);

        fleet.register(engine);

        assertThat(fleet.status(engine).state()).isEqualTo(NodeState.READY);
        assertThat(engine.requests()).isEmpty();
    }

    @Test
    void health_engineInitializing_isNotEjectedAndServesLater() {
        router(builder -> builder.healthCheckInterval(PROBE_INTERVAL).healthCheckMaxFailures(1));
        SimulatedEngine prefill = fleet.prefill(fleet.engine().health(Health.INITIALIZING));
        fleet.decode();

        fleet.advanceUntil(() -> prefill.requests("/health").size() >= 5, PROBE_INTERVAL);
        assertThat(fleet.status(prefill).state()).isEqualTo(NodeState.STARTING);
        prefill.health(Health.READY);
        fleet.advanceUntil(() -> fleet.router.notReady().isEmpty(), PROBE_INTERVAL);

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);
    }

    @Test
    void registration_repeatedDuringRequest_keepsCounters() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        decode.inject(Fault.holdBeforeHeaders(release).onPath(ROUTE));
        CompletableFuture<Reply> reply = fleet.send(CHAT);
        LmdeployFleet.awaitRequests(decode, ROUTE, 1);

        fleet.register(decode);

        assertThat(fleet.status(decode).inFlight()).isEqualTo(1);
        release.complete(null);
        assertThat(reply.join().status()).isEqualTo(200);
        fleet.await(() -> fleet.status(decode).inFlight() == 0);
    }
}
