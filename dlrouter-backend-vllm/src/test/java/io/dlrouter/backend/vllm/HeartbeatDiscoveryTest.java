package io.dlrouter.backend.vllm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.testkit.FakeClock;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

@Timeout(60)
class HeartbeatDiscoveryTest {
    private static final String ZMQ_ADDRESS = "10.0.0.1:21001";
    private static final byte[] PREFILL = Packed.heartbeat("P", "10.0.0.1:8100", "10.0.0.1:21001");
    private static final byte[] DECODE = Packed.heartbeat("D", "10.0.0.2:8200", "10.0.0.2:22001");
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final String PREFILL_URL = "http://10.0.0.1:8100";

    private final LogLines log = new LogLines();
    private final Announcements nodes = new Announcements();
    private final FakeClock clock = new FakeClock();
    private HeartbeatDiscovery discovery = LocalDiscovery.with(Map.of());

    @AfterEach
    void close() {
        discovery.close();
        log.close();
    }

    @Test
    void start_engineSendsHeartbeat_announcesItsNode() throws Exception {
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(PREFILL);

            assertThat(nodes.next()).isEqualTo(new Announcements.Announcement(prefillNode(), Duration.ofSeconds(90)));
        }
    }

    @Test
    void start_prefillAndDecode_announcesBothInTheirRoles() throws Exception {
        int port = start();
        try (Engine prefill = Engine.connect(port, ZMQ_ADDRESS);
                Engine decode = Engine.connect(port, "10.0.0.2:22001")) {
            prefill.send(PREFILL);
            assertThat(nodes.next().node().role()).isEqualTo(Role.PREFILL);
            decode.send(DECODE);
            assertThat(nodes.next().node().role()).isEqualTo(Role.DECODE);
        }
    }

    @Test
    void start_engineWithoutIdentity_announcesItsNode() throws Exception {
        try (Engine engine = Engine.connect(start(), "")) {
            engine.send(PREFILL);

            assertThat(nodes.next().node()).isEqualTo(prefillNode());
        }
    }

    @Test
    void start_givenExpiration_announcesForThatLong() throws Exception {
        discovery = LocalDiscovery.with(Map.of("heartbeat_expiration", "7.5"));
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(PREFILL);

            assertThat(nodes.next().lifetime()).isEqualTo(Duration.ofMillis(7500));
        }
    }

    @Test
    void start_otherRoleOfAKnownAddress_announcesItAndSaysSo() throws Exception {
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(PREFILL);
            engine.send(Packed.heartbeat("D", "10.0.0.1:8100", "10.0.0.1:21001"));

            assertThat(nodes.next().node()).isEqualTo(prefillNode());
            assertThat(nodes.next().node()).isEqualTo(prefillNode().withRole(Role.DECODE));
            assertThat(log.await("DECODE")).startsWith("INFO " + PREFILL_URL + " was PREFILL");
        }
    }

    @Test
    void start_messagesThatAreNoHeartbeats_areWarnedOfAndTheNextIsHeard() throws Exception {
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(new byte[0], PREFILL);
            assertThat(log.await("10.0.0.1:21001")).startsWith("WARN").contains("2 frames (expected: 1)");
            engine.send(new byte[0]);
            engine.send("HELLO".getBytes(UTF_8));
            engine.send(Packed.heartbeat("HELLO", "10.0.0.1:8100", ""));
            engine.send(PREFILL);

            assertThat(nodes.next().node()).isEqualTo(prefillNode());
        }
    }

    @Test
    void start_payloadAboveTheLimit_isWarnedOf() throws Exception {
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(new byte[60_000]);

            assertThat(log.await("60000 bytes (expected: at most 4096)")).contains("10.0.0.1:21001");
        }
    }

    @Test
    void start_messageOfAMegabyte_isWarnedOfAndThePeerIsStillHeard() throws Exception {
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(new byte[1 << 20]);
            engine.send(PREFILL);

            assertThat(log.await("1048576 bytes (expected: at most 4096)")).contains(ZMQ_ADDRESS);
            assertThat(nodes.next().node()).isEqualTo(prefillNode());
        }
    }

    @Test
    void start_messageThatNeverEnds_endsItsConnectionAndOthersAreHeard() throws Exception {
        int port = start();
        try (Engine large = Engine.connect(port, ZMQ_ADDRESS)) {
            assertThat(large.isCutOffFor(new byte[5 << 20])).isTrue();
        }
        try (Engine other = Engine.connect(port, ZMQ_ADDRESS)) {
            other.send(PREFILL);

            assertThat(nodes.next().node()).isEqualTo(prefillNode());
        }
    }

    @Test
    void start_dealerOfJeroMq_isHeard() throws Exception {
        int port = start();
        try (ZContext context = new ZContext();
                ZMQ.Socket dealer = context.createSocket(SocketType.DEALER)) {
            // JeroMQ 0.6.0 sometimes connects and then says nothing: it tries again after this time.
            dealer.setHandshakeIvl(100);
            dealer.setIdentity(ZMQ_ADDRESS.getBytes(ZMQ.CHARSET));
            dealer.connect("tcp://127.0.0.1:" + port);
            dealer.send(PREFILL);

            assertThat(nodes.next().node()).isEqualTo(prefillNode());
        }
    }

    @Test
    void start_messageOfManyFrames_isWarnedOf() throws Exception {
        byte[][] frames = new byte[5_000][];
        Arrays.fill(frames, PREFILL);
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(frames);

            assertThat(log.await("5000 frames (expected: 1)")).contains("10.0.0.1:21001");
        }
    }

    @Test
    void start_httpRequestToThePort_isSurvived() throws Exception {
        int port = start();
        try (Socket client = new Socket(LOOPBACK, port)) {
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: router\r\n\r\n".getBytes(UTF_8));
            client.shutdownOutput();
            client.getInputStream().readAllBytes();
        }
        try (Engine engine = Engine.connect(port, ZMQ_ADDRESS)) {
            engine.send(PREFILL);

            assertThat(nodes.next().node()).isEqualTo(prefillNode());
        }
    }

    @Test
    void start_tenThousandHeartbeats_announcesEachOfThem() throws Exception {
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            for (int i = 0; i < 10_000; i++) {
                engine.send(PREFILL);
            }

            for (int i = 0; i < 10_000; i++) {
                assertThat(nodes.next().node()).isEqualTo(prefillNode());
            }
        }
    }

    @Test
    void start_engineBackBeforeItsOldConnectionIsGone_isHeard() throws Exception {
        int port = start();
        try (Engine old = Engine.connect(port, ZMQ_ADDRESS)) {
            old.send(PREFILL);
            assertThat(nodes.next().node()).isEqualTo(prefillNode());

            try (Engine restarted = Engine.connect(port, ZMQ_ADDRESS)) {
                restarted.send(DECODE);
                assertThat(nodes.next().node().role()).isEqualTo(Role.DECODE);
            }
        }
    }

    @Test
    void start_tableRefusesANode_isWarnedOfAndTheNextIsHeard() throws Exception {
        nodes.refuse();
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(PREFILL);
            assertThat(log.await("could not be announced")).contains("nothing is taken");

            nodes.accept();
            engine.send(PREFILL);
            assertThat(nodes.next().node()).isEqualTo(prefillNode());
        }
    }

    @Test
    void start_heartbeatsStopAndComeBack_saysBothOnce() throws Exception {
        discovery = LocalDiscovery.with(Map.of("zmq_ping_timeout", "5"));
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(PREFILL);
            nodes.next();
            clock.advance(Duration.ofSeconds(5));
            assertThat(log.await("no heartbeat")).startsWith("WARN " + PREFILL_URL);

            engine.send(PREFILL);
            assertThat(log.await("again")).isEqualTo("INFO " + PREFILL_URL + " sends heartbeats again");
        }
    }

    private int start() throws Exception {
        return LocalDiscovery.start(discovery, nodes, clock);
    }

    private static NodeSpec prefillNode() {
        return NodeSpec.of("vllm", PREFILL_URL).withRole(Role.PREFILL).withZmqAddress("10.0.0.1:21001");
    }
}
