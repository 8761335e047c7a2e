package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for a Prefill/Decode fleet of whatever kind. */
class PrefillDecodeFleetTest {
    private static final String COMPLETION = "{\"model\":\"demo\",\"max_tokens\":6,\"prompt\":\"Tell me of it\"}";

    static Stream<Arguments> everyKindAndStrategy() {
        return Stream.of(EngineKind.values())
                .flatMap(kind -> Stream.of(
                                "round_robin",
                                "random",
                                "consistent_hash",
                                "min_expected_latency",
                                "min_observed_latency")
                        .map(strategy -> Arguments.of(kind, strategy)));
    }

    @ParameterizedTest
    @MethodSource("everyKindAndStrategy")
    void route_eachThatIsSplit_isServedWithEachStrategy(EngineKind kind, String strategy) throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(kind, 2, 2)) {
            Gateway gateway =
                    fleet.readyGateway("--prefill_routing_strategy", strategy, "--decode_routing_strategy", strategy);

            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            assertThat(gateway.post(ROUTE, STREAM).body()).endsWith("data: [DONE]\n\n");
            assertThat(gateway.post("/v1/completions", COMPLETION).statusCode()).isEqualTo(200);

            assertThat(PrefillDecodeFleet.requests(fleet.prefills)).isEqualTo(2);
            assertThat(PrefillDecodeFleet.requests(fleet.decodes)).isEqualTo(2);
            fleet.assertNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void pair_idleUntilItsEnginesHungUp_servesTheNextRequestWithOneCallOfEachLeg(EngineKind kind) throws Exception {
        try (PrefillDecodeFleet fleet = new PrefillDecodeFleet(kind)) {
            Duration shortly = Duration.ofMillis(100);
            SimulatedEngine prefill =
                    fleet.prefill(fleet.engine().prefill().keepAlive(shortly).resetsIdle());
            SimulatedEngine decode =
                    fleet.decode(fleet.engine().decode().keepAlive(shortly).resetsIdle());
            Gateway gateway = fleet.readyGateway();

            for (int i = 0; i < 3; i++) {
                Await.until(() -> prefill.openConnections() + decode.openConnections() == 0);
                assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            }

            fleet.assertCalls(3, 3);
            fleet.assertNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void nodes_allFullForAWhile_noneIsEjectedAndTheNextRequestIsServed(EngineKind kind) throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(kind, 2, 2)) {
            Gateway gateway = fleet.readyGateway();
            for (List<SimulatedEngine> engines : List.of(fleet.prefills, fleet.decodes)) {
                engines.forEach(
                        engine -> engine.inject(Fault.status(503, "full").onPath(ROUTE)));
                for (int i = 0; i < 10; i++) {
                    assertThat(gateway.post(ROUTE, CHAT).statusCode()).isGreaterThan(400);
                }
                assertThat(gateway.router.nodes().all())
                        .extracting(NodeStatus::state)
                        .containsOnly(NodeState.READY);
                engines.forEach(SimulatedEngine::clearFaults);

                assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            }
            fleet.assertNothingLeft();
        }
    }
}
