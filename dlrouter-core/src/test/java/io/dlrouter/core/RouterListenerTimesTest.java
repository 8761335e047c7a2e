package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.TestFleet.split;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Lease;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The times that a listener is told. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterListenerTimesTest {
    private static final Duration QUEUE_TIMEOUT = Duration.ofMinutes(1);

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Threads.system().perTask("test-caller");
    private final Times times = new Times();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void hybrid_requestWaitsAndIsStreamed_tellsEachTime() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            clock.advance(Duration.ofSeconds(2));
            connection.sendStream("data: 1\n\n");
            connection.awaitRelease();
            connection.sendChunk("data: 2\n\n");
            connection.sendEnd();
        });
        Router router = fleet.router(
                over(engine.node()).maxInFlight(1).queue(1, QUEUE_TIMEOUT).listener(times));
        Lease held = router.lease(chat());
        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        clock.awaitTaskIn(QUEUE_TIMEOUT);
        clock.advance(Duration.ofSeconds(3));
        held.succeeded();
        held.close();
        times.clear();

        Connection connection = engine.next();
        try (InferenceResponse response = call.get()) {
            response.body().readNBytes(9);
            clock.advance(Duration.ofSeconds(1));
            connection.release();
            response.body().readAllBytes();
            clock.advance(Duration.ofSeconds(4));
        }

        assertThat(times.told()).contains("first byte PT2S", "chunk PT1S", "ended PT3S");
        assertThat(times.request().waited()).isEqualTo(Duration.ofSeconds(3));
        assertThat(times.request().firstByte()).hasValue(Duration.ofSeconds(5));
        assertThat(times.request().whole()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void twoStage_requestIsHandedOver_tellsHowLongPrefillAndTheGapTook() throws Exception {
        RawEngine prefill = fleet.rawEngine(connection -> {
            clock.advance(Duration.ofSeconds(2));
            connection.sendJson("{\"kv\":{}}");
        });
        RawEngine decode = fleet.rawEngine(connection -> {
            clock.advance(Duration.ofSeconds(1));
            connection.sendJson("{\"choices\":[{}]}");
        });
        Router router =
                fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)).listener(times));

        router.route(chat()).close();

        assertThat(times.told()).contains("prefill PT2S gap PT1S");
    }

    /** What is told of times, in words. */
    private static final class Times implements RouterListener {
        private final Queue<String> told = new ConcurrentLinkedQueue<>();
        private final Queue<RoutedRequest> requests = new ConcurrentLinkedQueue<>();

        List<String> told() {
            return List.copyOf(told);
        }

        RoutedRequest request() {
            return requests.element();
        }

        void clear() {
            told.clear();
        }

        @Override
        public void firstByte(Attempt attempt, Duration elapsed) {
            told.add("first byte " + elapsed);
        }

        @Override
        public void chunk(Attempt attempt, long nanos) {
            told.add("chunk " + Duration.ofNanos(nanos));
        }

        @Override
        public void attemptEnded(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {
            told.add("ended " + elapsed);
        }

        @Override
        public void handoverCompleted(Attempt decode, Duration prefill, Duration gap) {
            told.add("prefill " + prefill + " gap " + gap);
        }

        @Override
        public void completed(RoutedRequest request) {
            requests.add(request);
        }
    }
}
