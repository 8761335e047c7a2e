package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What has to be quick when a stage fails or a client disconnects. No other test runs beside it. */
class PrefillDecodeAbortTest {
    @Test
    void client_disconnectsDuringPrefill_prefillIsAbortedAtOnceAndNoDecodeIsSent() throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(EngineKind.VLLM, 1, 1)) {
            Gateway gateway = fleet.gateway();
            SimulatedEngine prefill = fleet.prefills.get(0);
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            prefill.inject(Fault.hangBeforeHeaders());

            Instant disconnectedAt;
            try (RawClient client = new RawClient(gateway)) {
                client.chat(STREAM);
                Await.until(() -> prefill.requests(ROUTE).size() == 2);
                disconnectedAt = Instant.now();
            }
            Instant noticed =
                    prefill.awaitDisconnects(1, Duration.ofSeconds(10)).get(0).noticed();

            assertThat(Duration.between(disconnectedAt, noticed)).isLessThan(Duration.ofMillis(100));
            fleet.assertNothingLeft();
            fleet.assertCalls(2, 1);
            assertThat(List.of(prefill.kv().held(), prefill.kv().expired())).containsOnly(0L);
        }
    }

    @Test
    void prefill_responds503AtOnceWhileDecodeHangs_clientGetsTheErrorAndDecodeIsAborted() throws Exception {
        try (PrefillDecodeFleet fleet = PrefillDecodeFleet.of(EngineKind.SGLANG, 1, 1)) {
            Gateway gateway = fleet.gateway();
            Await.until(() -> gateway.get("/ready").statusCode() == 200);
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            SimulatedEngine decode = fleet.decodes.get(0);
            fleet.prefills.get(0).inject(Fault.status(503));
            decode.inject(Fault.hangBeforeHeaders());

            long sent = System.nanoTime();
            HttpResponse<String> response = gateway.post(ROUTE, STREAM);

            assertThat(System.nanoTime() - sent).isLessThan(200_000_000);
            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(Gateway.error(response, "code")).isEqualTo("prefill_failed");
            Await.until(
                    () -> decode.disconnects().size() == decode.requests(ROUTE).size() - 1);
            fleet.assertNothingLeft();
        }
    }
}
