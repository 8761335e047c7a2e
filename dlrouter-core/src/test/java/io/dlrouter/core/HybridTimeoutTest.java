package io.dlrouter.core;

import static io.dlrouter.core.Fleet.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits are short here; what watches them looks twenty times a second. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HybridTimeoutTest {
    private static final InferenceRequest STREAM = chat("{\"model\":\"m\",\"stream\":true}");

    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(60);

    @RegisterExtension
    final Fleet fleet = new Fleet();

    @Test
    void request_nodeIsSilent_endsAfterTheRequestTimeout() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        FakeEngine other = fleet.engine();
        Router router = fleet.router(Fleet.over(engine.node(), other.node()).requestTimeout(SHORT));

        long start = System.nanoTime();
        assertThatExceptionOfType(NodeTimeoutException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining(engine.node().address().toString())
                .withMessageContaining("0.3 s (request timeout)");

        assertThat(System.nanoTime() - start).isBetween(SHORT.toNanos(), 10 * SHORT.toNanos());
        assertThat(engine.next().endedAt()).isPositive();
        assertThat(Fleet.inFlight(router)).isZero();
        assertThat(other.requestsLeft()).isZero();
    }

    @Test
    void request_plainAnswerTrickles_isBoundedAsAWhole() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
            while (true) {
                pause(SHORT.dividedBy(10));
                connection.send("x");
            }
        });
        Router router =
                fleet.router(Fleet.over(engine.node()).requestTimeout(SHORT).streamIdleTimeout(LONG));

        try (InferenceResponse response = router.route(chat())) {
            assertTimesOut(response, "(request timeout)");
        }
    }

    @Test
    void request_streamHasNoFirstByte_endsAfterTheRequestTimeout() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("");
            connection.awaitEnd();
        });
        Router router =
                fleet.router(Fleet.over(engine.node()).requestTimeout(SHORT).streamIdleTimeout(LONG));

        assertThatExceptionOfType(NodeTimeoutException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining(engine.node().address().toString())
                .withMessageContaining("0.3 s (request timeout)");
        assertThat(engine.next().endedAt()).isPositive();
    }

    @Test
    void firstByte_streamHasNone_endsAfterItsOwnTimeout() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("");
            connection.awaitEnd();
        });
        Router router = fleet.router(Fleet.over(engine.node()).firstByteTimeout(SHORT));

        assertThatExceptionOfType(NodeTimeoutException.class)
                .isThrownBy(() -> router.route(STREAM))
                .withMessageContaining(engine.node().address().toString())
                .withMessageContaining("0.3 s (first byte timeout)");
        assertThat(engine.next().endedAt()).isPositive();
    }

    @Test
    void firstByte_answerToAStreamIsPlain_isLimitedAsOne() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
            connection.awaitEnd();
        });
        Router router = fleet.router(
                Fleet.over(engine.node()).firstByteTimeout(Duration.ofMillis(1)).requestTimeout(SHORT));

        try (InferenceResponse response = router.route(STREAM)) {
            assertTimesOut(response, "(request timeout)");
        }
    }

    /** What comes is no progress before the end of a line. */
    @Test
    void stream_trickles_endsAfterTheIdleTimeout() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            while (true) {
                connection.sendChunk("x");
                LockSupport.parkNanos(1_000_000);
            }
        });
        Router router = fleet.router(Fleet.over(engine.node()).streamIdleTimeout(SHORT));

        try (InferenceResponse response = router.route(STREAM)) {
            assertTimesOut(response, "(stream idle timeout)");
        }
    }

    @Test
    void stream_fallsSilent_endsAfterTheIdleTimeout() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitEnd();
        });
        Router router =
                fleet.router(Fleet.over(engine.node()).requestTimeout(LONG).streamIdleTimeout(SHORT));

        try (InferenceResponse response = router.route(chat())) {
            response.body().readNBytes(9);
            assertTimesOut(response, "0.3 s in the middle of its answer (stream idle timeout)");
        }
        assertThat(engine.next().endedAt()).isPositive();
    }

    @Test
    void stream_keepsTalkingBeyondBothTimeouts_isNeverCut() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data\n");
            long end = System.nanoTime() + 3 * SHORT.toNanos();
            while (System.nanoTime() - end < 0) {
                pause(SHORT.dividedBy(10));
                connection.sendChunk("data\n");
            }
            connection.sendEnd();
        });
        Router router =
                fleet.router(Fleet.over(engine.node()).requestTimeout(SHORT).streamIdleTimeout(SHORT));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readAllBytes()).asString().matches("(data\n){5,}");
        }
    }

    @Test
    void stream_readerIsSlow_isNotTakenForASilentNode() throws Exception {
        CountDownLatch readOn = new CountDownLatch(1);
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            readOn.await();
            connection.sendChunk("data: 2\n\n");
            connection.sendEnd();
        });
        Router router =
                fleet.router(Fleet.over(engine.node()).requestTimeout(SHORT).streamIdleTimeout(SHORT));

        try (InferenceResponse response = router.route(chat())) {
            response.body().readNBytes(9);
            pause(SHORT.multipliedBy(2));
            readOn.countDown();
            assertThat(response.body().readAllBytes()).asString().isEqualTo("data: 2\n\n");
        }
    }

    @Test
    void connect_nodeDoesNotAccept_isLimitedToo() throws IOException {
        NodeSpec full = fleet.opened(new FullListener()).node();
        Router router = fleet.router(Fleet.over(full).connectTimeout(SHORT));

        long start = System.nanoTime();
        assertThatExceptionOfType(NodeUnreachableException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining(full.address().toString())
                .withMessageContaining("0.3 s (connect timeout)");

        assertThat(System.nanoTime() - start).isBetween(SHORT.toNanos(), 10 * SHORT.toNanos());
    }

    private static void assertTimesOut(InferenceResponse response, String message) {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> response.body().readAllBytes())
                .withCauseInstanceOf(NodeTimeoutException.class)
                .withMessageContaining(message);
    }

    /** Lets time go by, which is what these tests are about. */
    private static void pause(Duration time) {
        CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS))
                .join();
    }
}
