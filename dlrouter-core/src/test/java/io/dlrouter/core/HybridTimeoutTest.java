package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.http.CallDeadlineTest;
import io.dlrouter.core.runtime.Deadlines;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a limit ends, on which connection, and what is then said. When exactly it does is {@link CallDeadlineTest}'s. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HybridTimeoutTest {
    private static final InferenceRequest STREAM = chat("{\"model\":\"m\",\"stream\":true}");

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration STEP = Duration.ofMillis(100);

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Threads.system().perTask("test-caller");

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void request_nodeIsSilent_endsAfterTheRequestTimeout() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        FakeEngine other = fleet.engine();
        Router router = fleet.router(over(engine.node(), other.node()).requestTimeout(LIMIT));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        Connection connection = engine.next();
        clock.advance(LIMIT.minusNanos(1));
        assertThat(call).isNotDone();
        clock.advance(Deadlines.TICK);

        assertTimesOut(call)
                .withMessageContaining(engine.node().address().toString())
                .withMessageContaining("10.0 s (request timeout)");
        connection.awaitEnded();
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(other.requestsLeft()).isZero();
    }

    @Test
    void request_plainResponseTrickles_isBoundedAsAWhole() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx");
            connection.awaitRelease();
            while (true) {
                connection.send("x");
                clock.advance(STEP);
            }
        });
        Router router = fleet.router(over(engine.node()).requestTimeout(LIMIT).streamIdleTimeout(LONG));

        try (InferenceResponse response = router.route(chat())) {
            engine.next().release();
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> response.body().readAllBytes())
                    .withCauseInstanceOf(NodeTimeoutException.class)
                    .withMessageContaining("(request timeout)");
        }
    }

    @Test
    void request_streamHasNoFirstByte_endsAfterTheRequestTimeout() throws Exception {
        RawEngine engine = streaming("");
        Router router = fleet.router(over(engine.node()).requestTimeout(LIMIT).streamIdleTimeout(LONG));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        Connection connection = engine.next();
        clock.advance(LIMIT.plus(Deadlines.TICK));

        assertTimesOut(call)
                .withMessageContaining(engine.node().address().toString())
                .withMessageContaining("10.0 s (request timeout)");
        connection.awaitEnded();
    }

    @Test
    void firstByte_streamHasNone_endsAfterItsOwnTimeout() throws Exception {
        RawEngine engine = streaming("");
        Router router = fleet.router(over(engine.node()).firstByteTimeout(LIMIT));

        Future<InferenceResponse> call = threads.submit(() -> router.route(STREAM));
        Connection connection = engine.next();
        clock.advance(LIMIT.plus(Deadlines.TICK));

        assertTimesOut(call)
                .withMessageContaining(engine.node().address().toString())
                .withMessageContaining("10.0 s (first byte timeout)");
        connection.awaitEnded();
    }

    @Test
    void firstByte_responseToAStreamIsPlain_isLimitedAsOne() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
            connection.awaitEnd();
        });
        Router router = fleet.router(over(engine.node()).firstByteTimeout(STEP).requestTimeout(LIMIT));

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
            }
        });
        Router router = fleet.router(over(engine.node()).streamIdleTimeout(LIMIT));

        try (InferenceResponse response = router.route(STREAM)) {
            assertTimesOut(response, "(stream idle timeout)");
        }
    }

    @Test
    void stream_fallsSilent_endsAfterTheIdleTimeout() throws Exception {
        RawEngine engine = streaming("data: 1\n\n");
        Router router = fleet.router(over(engine.node()).requestTimeout(LONG).streamIdleTimeout(LIMIT));

        try (InferenceResponse response = router.route(chat())) {
            response.body().readNBytes(9);
            assertTimesOut(response, "10.0 s in the middle of its response (stream idle timeout)");
        }
        engine.next().awaitEnded();
    }

    @Test
    void stream_keepsTalkingBeyondBothTimeouts_isNeverCut() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data\n");
            for (int i = 0; i < 10; i++) {
                connection.sendChunk("data\n");
            }
            connection.sendEnd();
        });
        Router router = fleet.router(over(engine.node()).requestTimeout(LIMIT).streamIdleTimeout(LIMIT));

        try (InferenceResponse response = router.route(chat())) {
            for (int i = 0; i <= 10; i++) {
                assertThat(response.body().readNBytes(5)).asString().isEqualTo("data\n");
                clock.advance(LIMIT);
            }
            assertThat(response.body().read()).isNegative();
        }
    }

    @Test
    void stream_readerIsSlow_isNotTakenForASilentNode() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitRelease();
            connection.sendChunk("data: 2\n\n");
            connection.sendEnd();
        });
        Router router = fleet.router(over(engine.node()).requestTimeout(LIMIT).streamIdleTimeout(LIMIT));

        try (InferenceResponse response = router.route(chat())) {
            response.body().readNBytes(9);
            clock.advance(LIMIT.multipliedBy(2));
            engine.next().release();
            assertThat(response.body().readAllBytes()).asString().isEqualTo("data: 2\n\n");
        }
    }

    /** An engine that begins a stream with this and then waits to be left. */
    private RawEngine streaming(String events) {
        return fleet.rawEngine(connection -> {
            connection.sendStream(events);
            connection.awaitEnd();
        });
    }

    private static ThrowableAssertAlternative<?> assertTimesOut(Future<InferenceResponse> call) {
        return assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(call::get)
                .havingCause()
                .isInstanceOf(NodeTimeoutException.class);
    }

    /** Time passes while the rest of the response is read. */
    private void assertTimesOut(InferenceResponse response, String message) {
        Future<byte[]> read = threads.submit(() -> response.body().readAllBytes());
        eventually("the read has ended", clock, STEP, read::isDone);

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(read::get)
                .havingCause()
                .isInstanceOf(IOException.class)
                .withCauseInstanceOf(NodeTimeoutException.class)
                .withMessageContaining(message);
    }
}
