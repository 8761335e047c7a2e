package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.RoutingStrategy.Selector;
import io.dlrouter.spi.SelectionObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests that every {@link RoutingStrategy} must pass. The test of a strategy extends this class and names the strategy's
 * provider:
 *
 * <pre>{@code
 * class LeastUnreadTest extends RoutingStrategyContract {
 *     @Override
 *     protected RoutingStrategy.Provider provider() {
 *         return new LeastUnread.Provider();
 *     }
 *
 *     @Override
 *     protected int largestShare(int requests, int nodes) {
 *         return (requests + nodes - 1) / nodes;
 *     }
 * }
 * }</pre>
 *
 * <p>Checks that the provider is found as a service by its name, ignores the options of other plug-ins and makes a
 * strategy of its own for each pool; that a selector selects only nodes that it was made for, also while the membership
 * changes, while earlier selectors are still used and after a selector for a part of the pool; that a strategy counts no
 * requests on nodes itself; that a node gets of a burst no more than {@link #largestShare}, and of steady traffic on a
 * fleet that changes between {@link #leastOfMean} and {@link #mostOfMean}; that explanations are numbers; and that many
 * threads may select, one at a time, as the router does it.
 */
@Timeout(120)
public abstract class RoutingStrategyContract {
    private static final int THREADS = 8;
    private static final int PICKS = 2_000;
    private static final int SEEDS = 100;
    private static final int TRAFFICS = 10;
    private static final int CHANGES = 20;
    private static final int[] SIZES = {1, 2, 8, 64};

    /** For subclasses. */
    protected RoutingStrategyContract() {}

    /** A new provider of the strategy under test. */
    protected abstract RoutingStrategy.Provider provider();

    /**
     * The most requests of a burst on one node, when all nodes are idle and equal and no request ends. Override it to
     * guarantee a distribution; by default there is no bound.
     */
    protected int largestShare(int requests, int nodes) {
        return requests;
    }

    /**
     * The fewest requests of steady traffic on one node, relative to the mean, with equal nodes that come and go.
     * Override it to guarantee a minimum; by default there is no bound.
     */
    protected double leastOfMean() {
        return 0;
    }

    /**
     * The most requests of the same traffic on one node, relative to the mean. Override it to guarantee a maximum; by
     * default there is no bound.
     */
    protected double mostOfMean() {
        return Double.POSITIVE_INFINITY;
    }

    @Test
    void provider_listedAsService_isFoundByItsName() {
        assertThat(ServiceLoader.load(RoutingStrategy.Provider.class))
                .filteredOn(found -> found.name().equals(provider().name()))
                .singleElement()
                .isInstanceOf(provider().getClass());
    }

    @Test
    void provider_optionsOfOthers_makesAStrategyForEachPool() {
        Map<String, String> options = Map.of("no_option_of_a_strategy", "1");

        assertThat(provider().create(options)).isNotSameAs(provider().create(options));
    }

    @Test
    void select_membershipComesAndGoes_picksOnlyItsNodes() {
        Seeds.check(SEEDS, random -> {
            List<FakeNode> fleet = fleet(random);
            RoutingStrategy strategy = strategy();
            for (int change = 0; change < CHANGES; change++) {
                List<FakeNode> members = someOf(fleet, random);
                Selector selector = strategy.selectorFor(members);
                for (int i = 0; i < 5; i++) {
                    assertThat(members).contains(pick(selector, session(random)));
                }
            }
        });
    }

    @Test
    void select_earlierSelectorStillUsed_picksOnlyItsNodes() {
        Seeds.check(SEEDS, random -> {
            List<FakeNode> fleet = fleet(random);
            RoutingStrategy strategy = strategy();
            List<List<FakeNode>> memberships = new ArrayList<>();
            List<Selector> selectors = new ArrayList<>();
            for (int change = 0; change < CHANGES; change++) {
                memberships.add(someOf(fleet, random));
                selectors.add(strategy.selectorFor(memberships.get(change)));
                int any = random.nextInt(selectors.size());
                assertThat(memberships.get(any)).contains(pick(selectors.get(any), session(random)));
            }
        });
    }

    @Test
    void retry_partOfThePool_leavesThePoolsSelectorInOrder() {
        Seeds.check(SEEDS, random -> {
            List<FakeNode> pool = fleet(random);
            RoutingStrategy strategy = strategy();
            Selector selector = strategy.selectorFor(pool);
            for (int request = 0; request < CHANGES; request++) {
                String session = session(random);
                FakeNode failed = pick(selector, session);
                List<FakeNode> others =
                        pool.stream().filter(node -> node != failed).toList();
                if (!others.isEmpty()) {
                    assertThat(others).contains(pick(strategy.selectorFor(others), session));
                }
                assertThat(pool).contains(pick(selector, session));
            }
        });
    }

    @Test
    void select_requestsBeginAndEnd_countsOnlyThoseUnderWay() {
        Seeds.check(SEEDS, random -> {
            List<FakeNode> fleet = fleet(random);
            Selector selector = strategy().selectorFor(fleet);
            Deque<FakeNode> underWay = new ArrayDeque<>();
            for (int step = random.nextInt(200); step > 0; step--) {
                if (random.nextBoolean()) {
                    underWay.addLast(pickAndCount(selector, "session " + underWay.size()));
                } else if (!underWay.isEmpty()) {
                    underWay.removeFirst().end();
                }
                assertThat(inFlight(fleet)).isEqualTo(underWay.size());
            }
            underWay.forEach(FakeNode::end);
            assertThat(fleet).allSatisfy(node -> assertThat(node.inFlight()).isZero());
        });
    }

    @Test
    void select_burstOnIdleEqualNodes_givesNoneMoreThanItsShare() {
        Seeds.check(SEEDS, random -> {
            List<FakeNode> fleet = FakeNode.fleet(size(random));
            int requests = 1 + random.nextInt(200);
            RoutingStrategy strategy = strategy();
            Selector selector = strategy.selectorFor(fleet);

            for (int i = 0; i < requests; i++) {
                FakeNode picked = pickAndCount(selector, "one session");
                SelectionObserver unused = strategy.observer(FakeRoutingContext.ofSession("one session"), picked);
            }

            int share = largestShare(requests, fleet.size());
            assertThat(fleet).allSatisfy(node -> assertThat(node.inFlight()).isLessThanOrEqualTo(share));
        });
    }

    @Test
    void select_steadyTrafficOnAFleetThatChanges_starvesAndFloodsNoNode() {
        Seeds.check(TRAFFICS, random -> {
            int nodes = size(random);
            List<FakeNode> fleet = FakeNode.fleet(nodes + 2);
            FakeTraffic traffic = new FakeTraffic(strategy(), random.nextLong());
            for (int phase = 0; phase < 3; phase++) {
                List<FakeNode> members = fleet.subList(phase, phase + nodes);
                List<Integer> warmUp = traffic.send(members, 40);
                assertThat(warmUp.stream().mapToInt(Integer::intValue).sum()).isEqualTo(40 * nodes);

                assertThat(traffic.send(members, 100))
                        .allSatisfy(count -> assertThat(count / 100.0).isBetween(leastOfMean(), mostOfMean()));
            }
            traffic.end();
            assertThat(inFlight(fleet)).isZero();
        });
    }

    @Test
    void explain_eachCandidate_givesNumbers() {
        Seeds.check(SEEDS, random -> {
            List<FakeNode> fleet = fleet(random);
            Selector selector = strategy().selectorFor(fleet);
            RoutingContext context = FakeRoutingContext.ofSession(session(random));
            selector.prepare(context);

            assertThat(fleet)
                    .allSatisfy(node -> assertThat(selector.explain(context, node))
                            .doesNotContainKey("")
                            .doesNotContainValue(Double.NaN));
        });
    }

    @Test
    void select_manyThreadsUnderOneLock_countsEachPick() throws Exception {
        LockedPool pool = new LockedPool(FakeNode.fleet(THREADS));
        Hammer.run(THREADS, () -> {
            for (int i = 0; i < PICKS; i++) {
                pool.select("session " + i);
                pool.select("session " + -i).end();
            }
        });

        assertThat(inFlight(pool.nodes)).isEqualTo(THREADS * PICKS);
    }

    /** One of the sizes of a fleet. */
    private static int size(Random random) {
        return SIZES[random.nextInt(SIZES.length)];
    }

    /** Idle nodes, some with a speed and some with a latency. */
    private static List<FakeNode> fleet(Random random) {
        return FakeNode.fleet(size(random)).stream()
                .map(node -> varied(node, random))
                .toList();
    }

    private static String session(Random random) {
        return "session " + random.nextInt();
    }

    private RoutingStrategy strategy() {
        return provider().create(Map.of());
    }

    private static FakeNode varied(FakeNode plain, Random random) {
        FakeNode node = random.nextBoolean() ? plain.withSpeed(1 + random.nextInt(100)) : plain;
        if (random.nextBoolean()) {
            node.setLatency(random.nextDouble(0.01, 100));
        }
        return node;
    }

    private static List<FakeNode> someOf(List<FakeNode> fleet, Random random) {
        List<FakeNode> some =
                fleet.stream().filter(node -> random.nextBoolean()).toList();
        return some.isEmpty() ? List.of(fleet.get(random.nextInt(fleet.size()))) : some;
    }

    private static FakeNode pick(Selector selector, String session) {
        RoutingContext context = FakeRoutingContext.ofSession(session);
        selector.prepare(context);
        return (FakeNode) selector.select(context);
    }

    private static FakeNode pickAndCount(Selector selector, String session) {
        FakeNode picked = pick(selector, session);
        picked.begin();
        return picked;
    }

    private static int inFlight(List<FakeNode> nodes) {
        return nodes.stream().mapToInt(FakeNode::inFlight).sum();
    }

    /** Selects and counts in one step, as the router does. */
    private final class LockedPool {
        private final ReentrantLock lock = new ReentrantLock();
        private final List<FakeNode> nodes;
        private final Selector selector;

        LockedPool(List<FakeNode> nodes) {
            this.nodes = nodes;
            selector = strategy().selectorFor(nodes);
        }

        FakeNode select(String session) {
            RoutingContext context = FakeRoutingContext.ofSession(session);
            selector.prepare(context);
            lock.lock();
            try {
                FakeNode picked = (FakeNode) selector.select(context);
                picked.begin();
                return picked;
            } finally {
                lock.unlock();
            }
        }
    }
}
