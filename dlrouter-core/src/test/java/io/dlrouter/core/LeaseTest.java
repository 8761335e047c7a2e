package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.refusing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.Lease;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.Router;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeaseTest {
    private static final int THREADS = 16;
    private static final int LEASES_PER_THREAD = 250;

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @Test
    void lease_open_isCountedUntilItIsClosed() {
        NodeSpec node = refusing();
        Router router = fleet.router(node);

        Lease lease = router.lease(chat());

        assertThat(lease.node()).isEqualTo(node);
        assertThat(TestFleet.inFlight(router)).isOne();
        lease.close();
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void lease_closedTwice_isReleasedOnce() {
        Router router = fleet.router(refusing());

        try (Lease other = router.lease(chat())) {
            Lease lease = router.lease(chat());
            lease.close();
            lease.close();

            assertThat(other.node()).isEqualTo(lease.node());
            assertThat(TestFleet.inFlight(router)).isOne();
        }
    }

    @Test
    void lease_succeeded_givesALatency() {
        Router router = fleet.router(refusing());

        try (Lease lease = router.lease(chat())) {
            lease.succeeded();
        }

        assertThat(router.nodes().all().get(0).latencies())
                .singleElement()
                .satisfies(seconds -> assertThat(seconds).isBetween(0.0, 5.0));
    }

    @Test
    void lease_failed_givesNoLatencyAndEjectsAfterEnoughInARow() {
        NodeSpec failing = refusing();
        Router router = fleet.router(TestFleet.over(failing, refusing()).healthCheckMaxFailures(2));

        fail(router, 4);

        assertThat(router.nodes().all().get(0).latencies()).isEmpty();
        assertThat(router.nodes().all()).extracting(node -> node.state()).containsOnlyOnce(NodeState.EJECTED);
    }

    private static void fail(Router router, int times) {
        for (int i = 0; i < times; i++) {
            try (Lease lease = router.lease(chat())) {
                lease.failed();
            }
        }
    }

    @Test
    void lease_requestThatCannotBeLeased_throwsAsRouteDoes() {
        Router router = fleet.router(refusing());

        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> router.lease(chat("{\"model\":\"other\"}")));
        assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> router.lease(chat("[]")));
    }

    @Test
    void lease_manyThreadsAtOnce_spreadsWithinOne() throws Exception {
        Router router =
                fleet.router(TestFleet.over(refusing(), refusing(), refusing()).strategy("min_expected_latency"));

        List<Lease> leases = leaseAtOnce(router);

        IntSummaryStatistics inFlight =
                router.nodes().all().stream().mapToInt(node -> node.inFlight()).summaryStatistics();
        assertThat(inFlight.getSum()).isEqualTo(THREADS * LEASES_PER_THREAD);
        assertThat(inFlight.getMax() - inFlight.getMin()).isLessThanOrEqualTo(1);
        leases.forEach(Lease::close);
    }

    private static List<Lease> leaseAtOnce(Router router) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<List<Lease>>> results = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            results.add(threads.submit(() -> {
                start.await();
                return leases(router);
            }));
        }
        List<Lease> all = new ArrayList<>();
        for (Future<List<Lease>> result : results) {
            all.addAll(result.get(30, TimeUnit.SECONDS));
        }
        threads.shutdown();
        return all;
    }

    private static List<Lease> leases(Router router) {
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < LEASES_PER_THREAD; i++) {
            leases.add(router.lease(chat()));
        }
        return leases;
    }
}
