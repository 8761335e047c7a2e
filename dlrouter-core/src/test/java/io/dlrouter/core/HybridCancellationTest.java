package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.TestFleet.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
import io.dlrouter.RouterClosedException;
import io.dlrouter.RouterException;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.membership.HealthMonitor;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HybridCancellationTest {

    /** Stands still, so that nothing ends because its time is over. */
    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Threads.system().perTask("test-caller");
    private final Cancellation cancellation = new Cancellation();

    @Test
    void route_cancelledBefore_sendsNothing() {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(engine.node());
        cancellation.cancel();

        assertThatExceptionOfType(RequestCancelledException.class).isThrownBy(() -> router.route(chat(), cancellation));
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(engine.requestsLeft()).isZero();
    }

    @Test
    void route_cancelledWhileTheNodeIsSilent_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        FakeEngine other = fleet.engine();
        Router router = fleet.router(engine.node(), other.node());

        Future<?> call = threads.submit(() -> router.route(chat(), cancellation));
        Connection connection = engine.next();
        cancellation.cancel();

        connection.awaitEnded();
        assertEndedBy(call, RequestCancelledException.class);
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(other.requestsLeft()).isZero();
    }

    @Test
    void route_cancelledWhileItConnects_endsAtOnce() throws Exception {
        Router router = fleet.router(fleet.opened(new FullListener()).node());

        Future<?> call = threads.submit(() -> router.route(chat(), cancellation));
        eventually("it has a place", () -> TestFleet.inFlight(router) == 1);
        cancellation.cancel();

        assertEndedBy(call, RequestCancelledException.class);
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void route_cancelledInTheMiddleOfAStream_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = streamingEngine();
        Router router = fleet.router(engine.node());

        try (InferenceResponse response = router.route(chat(), cancellation)) {
            assertThat(response.body().readNBytes(9)).asString().isEqualTo("data: 1\n\n");
            Future<Integer> read = threads.submit(() -> response.body().read());
            Connection connection = engine.next();
            cancellation.cancel();

            connection.awaitEnded();
            assertFailedBy(read, RequestCancelledException.class);
        }
    }

    @Test
    void route_cancelledInTheMiddleOfAPlainResponse_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{");
            connection.awaitEnd();
        });
        Router router = fleet.router(engine.node());

        try (InferenceResponse response = router.route(chat(), cancellation)) {
            Future<byte[]> read = threads.submit(() -> response.body().readAllBytes());
            Connection connection = engine.next();
            cancellation.cancel();

            connection.awaitEnded();
            assertFailedBy(read, RequestCancelledException.class);
        }
    }

    @Test
    void response_closedInTheMiddleOfAStream_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = streamingEngine();
        Router router = fleet.router(engine.node());

        InferenceResponse response = router.route(chat());
        assertThat(response.body().read()).isEqualTo('d');
        response.close();

        engine.next().awaitEnded();
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void body_closedInTheMiddleOfAStream_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = streamingEngine();

        try (InferenceResponse response = fleet.router(engine.node()).route(chat())) {
            response.body().close();

            engine.next().awaitEnded();
        }
    }

    @Test
    void route_cancelledAfterTheResponse_harmsNoOtherRequest() throws IOException {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(engine.node());

        try (InferenceResponse response = router.route(chat(), cancellation)) {
            response.body().readAllBytes();
        }
        try (InferenceResponse next = router.route(chat())) {
            cancellation.cancel();
            assertThat(next.body().readAllBytes()).asString().isEqualTo("{}");
        }
    }

    @Test
    void route_threadInterruptedBefore_isCancelled() {
        FakeEngine engine = fleet.engine();
        FakeEngine other = fleet.engine();
        Router router = fleet.router(engine.node(), other.node());

        Thread.currentThread().interrupt();
        try {
            assertThatExceptionOfType(RequestCancelledException.class).isThrownBy(() -> router.route(chat()));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(other.requestsLeft()).isZero();
    }

    @Test
    void route_virtualThreadInterruptedWhileTheNodeIsSilent_endsTheConnection() throws Exception {
        assumeVirtualThreads();
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        FakeEngine other = fleet.engine();
        Router router = fleet.router(engine.node(), other.node());

        Future<?> call = threads.submit(() -> router.route(chat()));
        Connection connection = engine.next();
        threads.shutdownNow();

        connection.awaitEnded();
        assertEndedBy(call, RequestCancelledException.class);
        assertThat(other.requestsLeft()).isZero();
    }

    @Test
    void body_virtualThreadInterrupted_isCancelled() throws Exception {
        assumeVirtualThreads();
        RawEngine engine = streamingEngine();

        try (InferenceResponse response = fleet.router(engine.node()).route(chat())) {
            response.body().readNBytes(9);
            Future<Integer> read = threads.submit(() -> {
                Thread.currentThread().interrupt();
                return response.body().read();
            });

            assertFailedBy(read, RequestCancelledException.class);
        }
        engine.next().awaitEnded();
    }

    @Test
    void close_requestsUnderWay_endsThemAtOnce() throws Exception {
        RawEngine silent = fleet.rawEngine(Connection::awaitEnd);
        RawEngine streaming = streamingEngine();
        Router router = fleet.router(silent.node(), streaming.node());

        Future<?> waiting = threads.submit(() -> router.route(chat()));
        Connection first = silent.next();
        try (InferenceResponse response = router.route(chat())) {
            response.body().readNBytes(9);
            Future<Integer> read = threads.submit(() -> response.body().read());
            router.close();

            first.awaitEnded();
            streaming.next().awaitEnded();
            assertEndedBy(waiting, RouterClosedException.class);
            assertFailedBy(read, RouterClosedException.class);
        }
    }

    @Test
    void route_cancelledBeforeTheFirstProbeEnds_endsAtOnce() throws Exception {
        Router router = fleet.router(unknownNode());
        Future<?> call = threads.submit(() -> router.route(chat(), cancellation));
        clock.awaitTaskIn(HealthMonitor.FIRST_PROBES);

        cancellation.cancel();

        assertEndedBy(call, RequestCancelledException.class);
    }

    @Test
    void close_requestWaitsForTheFirstProbe_endsItAtOnce() throws Exception {
        Router router = fleet.router(unknownNode());
        Future<?> call = threads.submit(() -> router.route(chat(), cancellation));
        clock.awaitTaskIn(HealthMonitor.FIRST_PROBES);

        router.close();

        assertEndedBy(call, RouterClosedException.class);
    }

    /** Of an engine that accepts probes and says nothing. */
    private NodeSpec unknownNode() {
        MockResponse silence = new MockResponse.Builder()
                .onResponseStart(SocketEffect.Stall.INSTANCE)
                .build();
        return fleet.engine().healthFirst(silence).node().withModels();
    }

    @Test
    void lease_routerClosedBefore_saysSo() {
        Router router = fleet.router(fleet.engine().node());
        router.close();

        assertThatExceptionOfType(RouterClosedException.class).isThrownBy(() -> router.lease(chat()));
        assertThat(router.notReady()).hasValue("The router was closed.");
    }

    @Test
    void route_routerClosedBefore_saysSo() {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(engine.node());
        router.close();

        assertThatExceptionOfType(RouterClosedException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessage("The router was closed.");
        assertThat(engine.requestsLeft()).isZero();
    }

    /** An engine that sends one event and then waits to be left. */
    private RawEngine streamingEngine() {
        return fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitEnd();
        });
    }

    /** A platform thread in a read of a socket cannot be interrupted. */
    private static void assumeVirtualThreads() {
        assumeTrue(Runtime.version().feature() >= 21, "Java has virtual threads");
    }

    private static void assertEndedBy(Future<?> call, Class<? extends RouterException> reason) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> call.get(30, TimeUnit.SECONDS))
                .withCauseInstanceOf(reason);
    }

    private static void assertFailedBy(Future<?> read, Class<? extends RouterException> reason) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> read.get(30, TimeUnit.SECONDS))
                .withCauseInstanceOf(IOException.class)
                .satisfies(failure -> assertThat(failure.getCause()).hasCauseInstanceOf(reason));
    }
}
