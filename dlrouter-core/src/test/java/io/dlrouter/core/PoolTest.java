package io.dlrouter.core;

import static io.dlrouter.core.Nodes.node;
import static io.dlrouter.core.Nodes.requestFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolTest {
    private static final int THREADS = 16;
    private static final int PICKS_PER_THREAD = 2000;

    private final LiveNode a = node("a", "m");
    private final LiveNode b = node("b", "m");
    private final LiveNode c = node("c", "m");
    private final RequestContext request = requestFor("m");

    @Test
    void acquire_emptyPool_isEmpty() {
        assertThat(new Pool(nodes -> context -> nodes.get(0)).acquire(request, Set.of()))
                .isEmpty();
    }

    @Test
    void acquire_nodesTried_choosesAmongTheOthers() {
        Pool pool = pool(nodes -> context -> nodes.get(0));

        assertThat(pool.acquire(request, Set.of())).hasValue(a);
        assertThat(pool.acquire(request, Set.of(a))).hasValue(b);
        assertThat(pool.acquire(request, Set.of(a, b))).hasValue(c);
        assertThat(pool.acquire(request, Set.of(a, b, c))).isEmpty();
        assertThat(List.of(a.inFlight(), b.inFlight(), c.inFlight())).containsExactly(1, 1, 1);
    }

    @Test
    void acquire_strategyChoosesAnotherNode_saysWhichStrategy() {
        LiveNode stranger = node("stranger", "m");
        Pool pool = pool(nodes -> context -> stranger);

        assertThatIllegalStateException()
                .isThrownBy(() -> pool.acquire(request, Set.of()))
                .withMessageContaining(PoolTest.class.getName())
                .withMessageContaining("stranger")
                .withMessageContaining("expected: one of the nodes");
        assertThat(stranger.inFlight()).isZero();
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
            result.get(10, TimeUnit.SECONDS);
        }
        threads.shutdown();
    }

    private Pool pool(RoutingStrategy strategy) {
        Pool pool = new Pool(strategy);
        pool.update(List.of(a, b, c));
        return pool;
    }
}
