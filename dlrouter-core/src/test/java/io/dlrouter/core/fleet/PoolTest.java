package io.dlrouter.core.fleet;

import static io.dlrouter.core.fleet.Nodes.node;
import static io.dlrouter.core.fleet.Nodes.requestFor;
import static io.dlrouter.core.fleet.Nodes.settled;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.dlrouter.core.Logged;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.strategy.MinExpectedLatency;
import io.dlrouter.core.strategy.RoundRobin;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolTest {
    private static final int THREADS = 16;
    private static final int PICKS_PER_THREAD = 2000;

    private final LiveNode a = node("a", "m");
    private final LiveNode b = node("b", "m");
    private final LiveNode c = node("c", "m");
    private final RequestContext request = requestFor("m");

    @Test
    void acquire_emptyPool_isEmpty() {
        assertThat(new Pool(named(nodes -> context -> nodes.get(0)), Integer.MAX_VALUE, new FakeClock())
                        .acquire(request, Set.of()))
                .isEmpty();
    }

    @Test
    void acquire_nodesTried_choosesAmongTheOthers() {
        Pool pool = pool(nodes -> context -> nodes.get(0));

        assertThat(pool.acquire(request, Set.of())).map(SelectedNode::node).hasValue(a);
        assertThat(pool.acquire(request, Set.of(a))).map(SelectedNode::node).hasValue(b);
        assertThat(pool.acquire(request, Set.of(a, b))).map(SelectedNode::node).hasValue(c);
        assertThat(pool.acquire(request, Set.of(a, b, c))).isEmpty();
        assertThat(List.of(a.inFlight(), b.inFlight(), c.inFlight())).containsExactly(1, 1, 1);
    }

    @Test
    void acquire_strategyChoosesAnotherNode_takesTheLeastLoadedAndSaysWhichStrategy() {
        LiveNode stranger = node("stranger", "m");
        Pool pool = pool(nodes -> context -> stranger);
        a.acquire();

        List<ILoggingEvent> logged = Logged.by(GuardedStrategy.class, () -> acquire(pool, 2));

        assertThat(logged).singleElement().asString().contains("WARN", PoolTest.class.getName());
        assertThat(List.of(a.inFlight(), b.inFlight(), c.inFlight(), stranger.inFlight()))
                .containsExactly(1, 1, 1, 0);
    }

    @Test
    void acquire_nodeIsNewAmongBusyOnes_getsLessThanItsShare() {
        List<LiveNode> nodes = List.of(settled("x", "m"), settled("y", "m"), node("new", "m"));
        Pool pool = pool(new MinExpectedLatency(), Integer.MAX_VALUE, nodes);
        for (int i = 0; i < 20; i++) {
            nodes.get(0).acquire();
            nodes.get(1).acquire();
        }

        acquire(pool, 8);

        assertThat(nodes.get(2).inFlight()).isBetween(1, 4);
        assertThat(nodes.get(0).inFlight() + nodes.get(1).inFlight()).isGreaterThanOrEqualTo(44);
    }

    @Test
    void acquire_allNodesAreNew_noneIsHeldBack() {
        Pool pool = pool(new RoundRobin());

        acquire(pool, 30);

        assertThat(List.of(a.inFlight(), b.inFlight(), c.inFlight())).containsExactly(10, 10, 10);
    }

    @Test
    void acquire_onlyTheNewNodeHasRoom_isUsed() {
        LiveNode full = settled("full", "m");
        LiveNode fresh = node("new", "m");
        Pool pool = pool(new RoundRobin(), 5, List.of(full, fresh));

        acquire(pool, 10);

        assertThat(List.of(full.inFlight(), fresh.inFlight())).containsExactly(5, 5);
        assertThat(pool.acquire(request, Set.of())).isEmpty();
    }

    @Test
    void acquire_nodeHalfOpen_getsOneRequestAtATime() {
        a.health().eject("test");
        a.health().probed(false);
        Pool pool = pool(nodes -> context -> nodes.get(0));

        acquire(pool, 5);

        assertThat(a.inFlight()).isOne();
        a.release();
        acquire(pool, 2);
        assertThat(a.inFlight()).isOne();
    }

    @Test
    void acquire_nodeAsksToBeLeftAlone_isNotUsedThoughOthersAreFull() {
        a.health().backOff(Duration.ofSeconds(30));
        Pool pool = pool(nodes -> context -> nodes.get(0), 2, List.of(a, b));

        acquire(pool, 2);

        assertThat(List.of(a.inFlight(), b.inFlight())).containsExactly(0, 2);
        assertThat(pool.acquire(request, Set.of())).isEmpty();
    }

    @Test
    void acquire_allNodesAskToBeLeftAlone_areUsed() {
        a.health().backOff(Duration.ofSeconds(30));
        b.health().backOff(Duration.ofSeconds(30));
        Pool pool = pool(new RoundRobin(), 2, List.of(a, b));

        acquire(pool, 4);

        assertThat(pool.acquire(request, Set.of())).isEmpty();
    }

    @Test
    void acquire_othersAreFull_nodeHalfOpenStillGetsOneRequestAtATime() {
        a.health().eject("test");
        a.health().probed(false);
        Pool pool = pool(new RoundRobin(), 3, List.of(a, b));

        acquire(pool, 4);

        assertThat(List.of(a.inFlight(), b.inFlight())).containsExactly(1, 3);
        assertThat(pool.acquire(request, Set.of())).isEmpty();
    }

    @Test
    void acquire_strategyFailsForOneThatWaits_givesItALeaseAllTheSame() {
        AtomicBoolean failing = new AtomicBoolean();
        Pool pool = pool(
                nodes -> context -> {
                    if (failing.get()) {
                        throw new IllegalArgumentException("test");
                    }
                    return nodes.get(0);
                },
                1,
                List.of(a));
        acquire(pool, 1);
        QueuedRequest waiter = new QueuedRequest(request, Set.of(), new CompletableFuture<>());
        assertThat(pool.queue(waiter, () -> true)).isTrue();
        failing.set(true);
        a.release();

        pool.freed();

        assertThat(waiter.selection()).isCompleted();
        assertThat(a.inFlight()).isOne();
    }

    private void acquire(Pool pool, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(pool.acquire(request, Set.of())).isPresent();
        }
    }

    @Test
    void acquire_eachRequest_isPreparedBeforeIt() {
        List<String> calls = new ArrayList<>();
        Pool pool = pool(nodes -> new RoutingStrategy.Selector() {
            @Override
            public void prepare(RoutingContext context) {
                calls.add("prepare");
            }

            @Override
            public Node select(RoutingContext context) {
                calls.add("select");
                return nodes.get(0);
            }
        });

        assertThat(pool.acquire(request, Set.of())).isPresent();

        assertThat(calls).containsExactly("prepare", "select");
    }

    @Test
    void update_sameMembership_keepsTheSelector() {
        AtomicInteger selectors = new AtomicInteger();
        Pool pool = pool(nodes -> {
            selectors.incrementAndGet();
            return context -> nodes.get(0);
        });

        pool.update(List.of(a, b, c));
        assertThat(selectors).hasValue(1);
        pool.update(List.of(a, c));
        assertThat(selectors).hasValue(2);
    }

    @Test
    void update_nodeDescribedAnew_makesANewSelector() {
        AtomicInteger selectors = new AtomicInteger();
        Pool pool = pool(nodes -> {
            selectors.incrementAndGet();
            return context -> nodes.get(0);
        });

        a.renew(a.spec().withSpeed(2), Origin.REGISTERED);
        pool.update(List.of(a, b, c));

        assertThat(selectors).hasValue(2);
    }

    @Test
    void acquire_manyThreadsAtOnce_choosesAndCountsInOneStep() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        Pool pool = pool(nodes -> context -> {
            assertThat(inside.getAndIncrement())
                    .as("other calls of the strategy")
                    .isZero();
            Node least = Collections.min(nodes, Comparator.comparingInt(Node::inFlight));
            inside.decrementAndGet();
            return least;
        });

        acquireAtOnce(pool);

        IntSummaryStatistics inFlight =
                pool.nodes().stream().mapToInt(LiveNode::inFlight).summaryStatistics();
        assertThat(inFlight.getSum()).isEqualTo(THREADS * PICKS_PER_THREAD);
        assertThat(inFlight.getMax() - inFlight.getMin()).isLessThanOrEqualTo(1);
    }

    private void acquireAtOnce(Pool pool) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> results = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            results.add(threads.submit(() -> {
                start.await();
                for (int pick = 0; pick < PICKS_PER_THREAD; pick++) {
                    assertThat(pool.acquire(request, Set.of())).isPresent();
                }
                return null;
            }));
        }
        for (Future<?> result : results) {
            result.get(30, TimeUnit.SECONDS);
        }
        threads.shutdown();
    }

    private static NamedStrategy named(RoutingStrategy rule) {
        return new NamedStrategy("test", rule);
    }

    private Pool pool(RoutingStrategy strategy) {
        return pool(strategy, Integer.MAX_VALUE, List.of(a, b, c));
    }

    private static Pool pool(RoutingStrategy strategy, int maxInFlight, List<LiveNode> nodes) {
        Pool pool = new Pool(named(strategy), maxInFlight, new FakeClock());
        pool.update(nodes);
        return pool;
    }
}
