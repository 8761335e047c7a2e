package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.msgpack.core.MessageFormat;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

@Timeout(30)
final class HeartbeatsTest {
    private static final String ZMQ_ADDRESS = "127.0.0.1:14579";
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int SOON_MILLIS = 5_000;
    private static final int WHILE_MILLIS = 200;

    private final ZContext context = new ZContext();
    private final ZMQ.Socket router = context.createSocket(SocketType.ROUTER);
    private final String listener = "127.0.0.1:" + router.bindToRandomPort("tcp://127.0.0.1");

    @AfterEach
    void stop() {
        context.close();
    }

    @Test
    void engine_inP2p_announcesItselfAgainAndAgain() throws Exception {
        try (SimulatedEngine engine = announced(TwoStages.engine().prefill().zmqAddress(ZMQ_ADDRESS))) {
            for (int i = 0; i < 3; i++) {
                assertThat(receiveIdentity()).isEqualTo(ZMQ_ADDRESS);
                assertThat(receiveStrings())
                        .isEqualTo(Map.of(
                                "type", "P", "http_address", "127.0.0.1:" + engine.port(), "zmq_address", ZMQ_ADDRESS));
            }
        }
    }

    @Test
    void engine_withoutZmqAddress_isIdentifiedByHttp() throws Exception {
        try (SimulatedEngine engine = announced(TwoStages.engine().decode())) {
            String http = "127.0.0.1:" + engine.port();

            assertThat(receiveIdentity()).isEqualTo(http);
            assertThat(receiveStrings()).isEqualTo(Map.of("type", "D", "http_address", http, "zmq_address", ""));
        }
    }

    @Test
    void engine_withRawStrings_sendsBinaries() throws Exception {
        try (SimulatedEngine engine = announced(TwoStages.engine().decode().rawHeartbeatStrings())) {
            receiveIdentity();
            MessageUnpacker message = MessagePack.newDefaultUnpacker(router.recv());

            assertThat(message.unpackMapHeader()).isEqualTo(3);
            assertThat(message.getNextFormat()).isEqualTo(MessageFormat.BIN8);
            assertThat(message.readPayload(message.unpackBinaryHeader()))
                    .asString(UTF_8)
                    .isEqualTo("type");
            assertThat(message.readPayload(message.unpackBinaryHeader()))
                    .asString(UTF_8)
                    .isEqualTo("D");
            assertThat(engine.listening()).isTrue();
        }
    }

    @Test
    void engine_stoppedAndRestarted_isSilentMeanwhile() throws Exception {
        try (SimulatedEngine engine = announced(TwoStages.engine().decode())) {
            receiveIdentity();
            receiveStrings();
            engine.stop();
            drain();
            assertThat(silent()).isTrue();

            engine.restart();
            assertThat(receiveIdentity()).isEqualTo("127.0.0.1:" + engine.port());
            receiveStrings();
        }
        drain();
        assertThat(silent()).isTrue();
    }

    @Test
    void heartbeats_ofAnyMessage_areSentAsTheyAre() throws Exception {
        try (Heartbeats heartbeats = new Heartbeats(listener, "me", new byte[] {1, 2}, LONG)) {
            heartbeats.start();

            assertThat(receiveIdentity()).isEqualTo("me");
            assertThat(router.recv()).containsExactly(1, 2);
            assertThat(silent()).isTrue();
        }
    }

    @Test
    void heartbeats_startedTwice_endWithOneStop() {
        try (Heartbeats heartbeats = new Heartbeats(listener, "me", new byte[] {1}, Duration.ofMillis(20))) {
            heartbeats.start();
            receiveIdentity();
            router.recv();
            heartbeats.start();
        }
        drain();
        assertThat(silent()).isTrue();
    }

    @Test
    void heartbeats_nobodyListens_startAndStop() {
        context.close();
        try (Heartbeats heartbeats = new Heartbeats(listener, "me", new byte[] {1}, Duration.ofMillis(1))) {
            heartbeats.start();
        }
    }

    private SimulatedEngine announced(SimulatedEngineBuilder engine) {
        return engine.heartbeatsTo(listener)
                .heartbeatInterval(Duration.ofMillis(20))
                .start();
    }

    private String receiveIdentity() {
        router.setReceiveTimeOut(SOON_MILLIS);
        return new String(router.recv(), UTF_8);
    }

    private Map<String, String> receiveStrings() throws Exception {
        Map<String, String> strings = new HashMap<>();
        try (MessageUnpacker message = MessagePack.newDefaultUnpacker(router.recv())) {
            for (int left = message.unpackMapHeader(); left > 0; left--) {
                strings.put(message.unpackString(), message.unpackString());
            }
        }
        return strings;
    }

    private void drain() {
        router.setReceiveTimeOut(WHILE_MILLIS);
        byte[] frame = router.recv();
        while (frame != null) {
            frame = router.recv();
        }
    }

    private boolean silent() {
        router.setReceiveTimeOut(WHILE_MILLIS);
        return router.recv() == null;
    }
}
