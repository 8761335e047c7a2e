package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HeartbeatDiscoveryBindingTest {
    private static final byte[] HEARTBEAT = Packed.heartbeat("P", "10.0.0.1:8100", "10.0.0.1:21001");
    private static final String ZMQ_ADDRESS = "10.0.0.1:21001";
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Pattern OWN_THREADS = Pattern.compile("dlrouter-heartbeats|(iothread|reaper)-.*");

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
    void start_portInUse_saysSoOnceAndBindsWhenItIsFree() throws Exception {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            discovery = LocalDiscovery.with(Map.of("zmq_port", Integer.toString(taken.getLocalPort())));
            discovery.start(nodes, clock);
            assertThat(log.await("tcp://127.0.0.1:" + taken.getLocalPort()))
                    .startsWith("ERROR")
                    .contains("in use", "zmq_port");
            awaitRetry();
            clock.awaitTaskIn(HeartbeatDiscovery.RETRY_INTERVAL);
            assertThat(log.drain()).isEmpty();
            port = taken.getLocalPort();
        }
        awaitRetry();

        assertThat(log.await("Heartbeats")).startsWith("INFO").endsWith("tcp://127.0.0.1:" + port);
    }

    @Test
    void start_hostOfNoMachine_saysSo() throws Exception {
        discovery = LocalDiscovery.with(Map.of("zmq_host", "no-such-host.invalid"));
        discovery.start(nodes, clock);

        assertThat(log.await("no-such-host.invalid")).startsWith("ERROR");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "localhost"})
    void start_addressOrName_isBoundAndHeard(String host) throws Exception {
        discovery = LocalDiscovery.with(Map.of("zmq_host", host));
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            engine.send(HEARTBEAT);

            assertThat(nodes.next().node().address().url()).hasPort(8100);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"::1", "[::1]", "::"})
    void start_ipv6Address_isBoundAndHeard(String host) throws Exception {
        InetAddress loopback = InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
        assumeTrue(NetworkInterface.getByInetAddress(loopback) != null, "there is no IPv6 here");
        discovery = LocalDiscovery.with(Map.of("zmq_host", host));
        try (Engine engine = new Engine(loopback, start(), "")) {
            engine.send(HEARTBEAT);

            assertThat(nodes.next().node().address().url()).hasPort(8100);
        }
    }

    @Test
    void close_bound_freesThePortAndEndsItsThreads() throws Exception {
        int port = start();
        discovery.close();

        assertThatNoException().isThrownBy(() -> new ServerSocket(port, 1, LOOPBACK).close());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (OWN_THREADS.matcher(thread.getName()).matches()) {
                thread.join(30_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    @Test
    void close_underAFloodOfHeartbeats_endsItsThread() throws Exception {
        try (Engine engine = Engine.connect(start(), ZMQ_ADDRESS)) {
            CompletableFuture<Void> flood = CompletableFuture.runAsync(() -> floodUntilClosed(engine));
            nodes.next();
            discovery.close();

            assertNoListenerIsLeft();
            flood.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void close_whileThePortIsInUse_endsItsThread() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            VllmOptions options =
                    VllmOptions.of(Map.of("zmq_host", "127.0.0.1", "zmq_port", "" + taken.getLocalPort()));
            discovery = new HeartbeatDiscovery(options);
            discovery.start(nodes, clock);
            log.await("ERROR");

            discovery.close();

            assertNoListenerIsLeft();
            assertThat(clock.untilNextTask()).isEmpty();
        }
    }

    @Test
    void close_twice_isHarmless() throws Exception {
        start();
        discovery.close();

        assertThatNoException().isThrownBy(discovery::close);
    }

    @Test
    void close_neverStarted_isHarmlessAndItCannotBeStarted() {
        discovery.close();
        discovery.start(nodes, clock);
        discovery.close();

        assertThat(discovery.port()).isNotDone();
    }

    private static void floodUntilClosed(Engine engine) {
        try {
            while (true) {
                engine.send(HEARTBEAT);
            }
        } catch (IOException e) {
            assertThat(e).isInstanceOf(SocketException.class);
        }
    }

    private void awaitRetry() {
        clock.awaitTaskIn(HeartbeatDiscovery.RETRY_INTERVAL);
        clock.advance(HeartbeatDiscovery.RETRY_INTERVAL);
    }

    private static void assertNoListenerIsLeft() {
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("dlrouter-heartbeats");
    }

    private int start() throws Exception {
        return LocalDiscovery.start(discovery, nodes, clock);
    }
}
