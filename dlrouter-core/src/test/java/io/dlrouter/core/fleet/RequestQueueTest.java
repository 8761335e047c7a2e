package io.dlrouter.core.fleet;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Lease;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeSpec;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
import io.dlrouter.RouterClosedException;
import io.dlrouter.TooManyRequestsException;
import io.dlrouter.core.FakeEngine;
import io.dlrouter.core.TestFleet;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests that wait for capacity, because every node is at its limit or none is there. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RequestQueueTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final FakeEngine engine = fleet.engine();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void nodesAreFull_noneMayWait_isRefusedAtOnce() {
        Router router = fleet.router(over(engine.node(), fleet.engine().node()).maxInFlight(2));
        List<Lease> held = lease(router, 4);

        assertThatExceptionOfType(TooManyRequestsException.class)
                .isThrownBy(() -> router.lease(chat()))
                .withMessageContaining("model 'm'")
                .withMessageContaining("4 in all")
                .satisfies(e -> assertThat(e.status()).isEqualTo(429));

        held.get(0).close();
        router.lease(chat()).close();
        held.forEach(Lease::close);
    }

    @Test
    void nodeHasALimitOfItsOwn_standsAgainstTheRouters() {
        NodeSpec small = engine.node().withMaxInFlight(1);
        NodeSpec other = fleet.engine().node();
        Router router = fleet.router(over(small, other).maxInFlight(3));

        List<Lease> held = lease(router, 4);

        assertThat(TestFleet.inFlight(router, small)).isOne();
        assertThat(TestFleet.inFlight(router, other)).isEqualTo(3);
        held.forEach(Lease::close);
    }

    @Test
    void nodesAreFull_leaseIsReleased_isGivenInTheOrderOfWaiting() throws Exception {
        Router router = full(10, LONG);
        Lease held = router.lease(chat());
        List<Future<Lease>> waiting = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            waiting.add(lateLease(router));
            awaitWaiting(router, i);
        }

        Lease previous = held;
        for (Future<Lease> next : waiting) {
            previous.close();
            previous = next.get(30, TimeUnit.SECONDS);
        }

        assertThat(router.waiting()).isZero();
        previous.close();
    }

    @Test
    void othersWait_newRequest_doesNotGoBeforeThem() throws Exception {
        NodeSpec node = engine.node();
        Router router = fleet.router(over(node).maxInFlight(1).queue(10, LONG));
        Lease held = router.lease(chat());
        Future<Lease> first = lateLease(router);
        awaitWaiting(router, 1);
        Future<Lease> second = lateLease(router);
        awaitWaiting(router, 2);

        held.close();
        Lease given = first.get(30, TimeUnit.SECONDS);

        assertThat(second.isDone()).isFalse();
        assertThat(TestFleet.inFlight(router)).isOne();
        given.close();
        second.get(30, TimeUnit.SECONDS).close();
    }

    @Test
    void lineIsFull_oneMore_isRefusedAtOnce() throws Exception {
        Router router = full(1, LONG);
        Lease held = router.lease(chat());
        Future<Lease> waiting = lateLease(router);
        awaitWaiting(router, 1);

        assertThatExceptionOfType(TooManyRequestsException.class)
                .isThrownBy(() -> router.lease(chat()))
                .withMessageContaining("queue_size 1");

        held.close();
        waiting.get(30, TimeUnit.SECONDS).close();
    }

    @Test
    void waitsForTooLong_isRefused() {
        Router router = full(1, LONG);
        Lease held = router.lease(chat());
        Future<Lease> waiting = lateLease(router);
        clock.awaitTaskIn(LONG);

        clock.advance(LONG.minusNanos(1));
        assertThat(waiting).isNotDone();
        clock.advance(Duration.ofNanos(1));

        assertFailsWith(TooManyRequestsException.class, waiting)
                .satisfies(e -> assertThat(e.getCause()).hasMessageContaining("60.0 s (queue_timeout)"));
        assertThat(router.waiting()).isZero();
        held.close();
    }

    @Test
    void clientLeavesTheLine_costsNothing() throws Exception {
        Router router = full(2, LONG);
        Lease held = router.lease(chat());
        Cancellation leaving = new Cancellation();
        Future<InferenceResponse> left = threads.submit(() -> router.route(chat(), leaving));
        awaitWaiting(router, 1);
        Future<Lease> next = lateLease(router);
        awaitWaiting(router, 2);

        leaving.cancel();

        assertFailsWith(RequestCancelledException.class, left);
        awaitWaiting(router, 1);
        held.close();
        next.get(30, TimeUnit.SECONDS).close();
        assertThat(engine.requestsLeft()).isZero();
    }

    @Test
    void threadIsInterrupted_leavesTheLine() throws Exception {
        Router router = full(2, LONG);
        Lease held = router.lease(chat());
        Future<Lease> waiting = lateLease(router);
        awaitWaiting(router, 1);

        waiting.cancel(true);

        awaitWaiting(router, 0);
        held.close();
        router.lease(chat()).close();
    }

    @Test
    void noNodeIsReady_waitsForOne() throws Exception {
        FakeEngine starting = fleet.engine().models(FakeEngine.modelList("m"));
        Router router = fleet.router(
                over(TestFleet.refusing()).healthCheckMaxFailures(1).queue(10, LONG));
        eventually("no node is left", () -> router.notReady().isPresent());
        Future<Lease> waiting = lateLease(router);
        awaitWaiting(router, 1);

        router.nodes().add(starting.node());

        waiting.get(30, TimeUnit.SECONDS).close();
    }

    @Test
    void noNodeIsReadyForTooLong_saysSo() {
        Router router = fleet.router(
                over(TestFleet.refusing()).healthCheckMaxFailures(1).queue(10, LONG));
        eventually("no node is left", () -> router.notReady().isPresent());
        Future<Lease> waiting = lateLease(router);
        clock.awaitTaskIn(LONG);

        clock.advance(LONG);

        assertFailsWith(NoNodeAvailableException.class, waiting);
    }

    @Test
    void lastNodeIsTakenOut_waitsForTheNext() throws Exception {
        NodeSpec node = engine.node();
        Router router = fleet.router(over(node).maxInFlight(1).queue(10, LONG));
        Lease held = router.lease(chat());
        Future<Lease> waiting = lateLease(router);
        awaitWaiting(router, 1);

        router.nodes().remove(node.address());
        router.nodes().add(fleet.engine().node());

        waiting.get(30, TimeUnit.SECONDS).close();
        held.close();
    }

    @Test
    void close_endsTheWaiting() throws Exception {
        Router router = full(2, LONG);
        Lease held = router.lease(chat());
        Future<InferenceResponse> waiting = threads.submit(() -> router.route(chat()));
        awaitWaiting(router, 1);

        router.close();

        assertFailsWith(RouterClosedException.class, waiting);
        held.close();
    }

    @Test
    void manyAtOnce_neverMoreThanTheLimit_allAreServed() throws Exception {
        Router router = fleet.router(
                over(engine.node(), fleet.engine().node()).maxInFlight(3).queue(1000, LONG));
        List<Future<Integer>> most = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            most.add(threads.submit(() -> mostInFlight(router, 200)));
        }

        for (Future<Integer> each : most) {
            assertThat(each.get(30, TimeUnit.SECONDS)).isBetween(1, 3);
        }
        assertThat(router.waiting()).isZero();
    }

    private static int mostInFlight(Router router, int times) {
        int most = 0;
        for (int i = 0; i < times; i++) {
            try (Lease lease = router.lease(chat())) {
                most = Math.max(most, TestFleet.inFlight(router, lease.node()));
            }
        }
        return most;
    }

    private Router full(int size, Duration timeout) {
        return fleet.router(over(engine.node()).maxInFlight(1).queue(size, timeout));
    }

    private static List<Lease> lease(Router router, int times) {
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            leases.add(router.lease(chat()));
        }
        return leases;
    }

    private Future<Lease> lateLease(Router router) {
        Callable<Lease> lease = () -> router.lease(chat());
        return threads.submit(lease);
    }

    private static void awaitWaiting(Router router, int count) {
        eventually(count + " wait", () -> router.waiting() == count);
    }

    private static AbstractThrowableAssert<?, ?> assertFailsWith(Class<? extends Throwable> reason, Future<?> failing) {
        return assertThatThrownBy(() -> failing.get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(reason);
    }
}
