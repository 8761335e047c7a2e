package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class DisconnectTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration AT_ONCE = Duration.ofMillis(100);

    @Test
    void client_leavesBeforeTheFirstToken_isNoticedAtOnce() throws Exception {
        try (SimulatedEngine engine = slow();
                RawClient client = new RawClient(engine)) {
            client.send(RawClient.post(CHAT, chat("\"stream\":true,"))).readUntil("\r\n\r\n");
            assertThat(engine.runningRequests()).isEqualTo(1);

            assertNoticed(engine, client, 0);
        }
    }

    @Test
    void client_leavesDuringAPlainAnswer_isNoticedAtOnce() throws Exception {
        try (SimulatedEngine engine = slow();
                RawClient client = new RawClient(engine)) {
            client.send(RawClient.post(CHAT, chat("")));
            engine.awaitRequests(1, SOON);

            assertNoticed(engine, client, 0);
        }
    }

    @Test
    void client_leavesDuringAStream_isNoticedAtOnce() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.LMDEPLOY)
                        .model("m")
                        .timePerToken(Duration.ofMinutes(1))
                        .start();
                RawClient client = new RawClient(engine)) {
            client.send(RawClient.post(CHAT, chat("\"stream\":true,"))).readUntil("\n\n\r\n");

            assertNoticed(engine, client, 1);
        }
    }

    @Test
    void client_leavesAHangingAnswer_isNoticedAtOnce() throws Exception {
        try (SimulatedEngine engine = slow();
                RawClient client = new RawClient(engine)) {
            engine.inject(Fault.hangAfterHeaders());
            client.send(RawClient.post(CHAT, chat("\"stream\":true,"))).readUntil("\r\n\r\n");

            assertNoticed(engine, client, 0);
        }
    }

    @Test
    void client_leavesLaterRequestOfTheSameConnection_isNoticedAtOnce() throws Exception {
        try (SimulatedEngine engine = slow();
                RawClient client = new RawClient(engine)) {
            engine.inject(Fault.delay(Duration.ofMillis(20)).onPath("/health").times(1));
            client.send(RawClient.get("/health")).readUntil("\r\n\r\n");
            client.send(RawClient.post(CHAT, chat("")));
            engine.awaitRequests(2, SOON);

            assertNoticed(engine, client, 0);
        }
    }

    @Test
    void client_staysToTheEnd_isNoDisconnect() throws Exception {
        try (SimulatedEngine engine =
                SimulatedEngine.builder(EngineKind.VLLM).model("m").start()) {
            new ApiClient(engine).post(CHAT, chat("\"stream\":true,"));

            assertThat(engine.awaitIdle(SOON)).isTrue();
            assertThat(engine.disconnects()).isEmpty();
        }
    }

    @Test
    void engine_stopped_isNoDisconnect() throws Exception {
        try (SimulatedEngine engine = slow();
                RawClient client = new RawClient(engine)) {
            client.send(RawClient.post(CHAT, chat("")));
            engine.awaitRequests(1, SOON);
            engine.stop();

            assertThat(engine.awaitIdle(SOON)).isTrue();
            assertThat(engine.disconnects()).isEmpty();
        }
    }

    private static void assertNoticed(SimulatedEngine engine, RawClient client, int eventsSent) throws Exception {
        Instant left = Instant.now();
        client.close();
        Disconnect disconnect = engine.awaitDisconnects(1, SOON).get(0);

        assertThat(Duration.between(left, disconnect.noticed())).isBetween(Duration.ZERO, AT_ONCE);
        assertThat(disconnect.request().path()).isEqualTo(CHAT);
        assertThat(disconnect.eventsSent()).isEqualTo(eventsSent);
        assertThat(engine.awaitIdle(SOON)).isTrue();
    }

    private static SimulatedEngine slow() {
        return SimulatedEngine.builder(EngineKind.VLLM)
                .model("m")
                .timeToFirstToken(Duration.ofMinutes(1))
                .start();
    }
}
