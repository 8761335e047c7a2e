package io.dlrouter.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.RoutingStrategy.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * What must hold for every {@link RoutingStrategy}. The test of a strategy extends this class, with JUnit 5, jqwik and
 * AssertJ on its class path, and names the strategy's provider.
 */
public abstract class RoutingStrategyContract {
    private static final int THREADS = 8;
    private static final int PICKS = 2_000;

    /** For the tests of strategies. */
    protected RoutingStrategyContract() {}

    /** A new provider of the strategy under test. */
    protected abstract RoutingStrategy.Provider provider();

    /**
     * The most requests of a burst that one node may get when all nodes are idle and equal and no request ends. To be
     * overridden for a strategy that promises to spread them; this one promises nothing.
     */
    protected int largestShare(int requests, int nodes) {
        return requests;
    }

    /**
     * The fewest requests that a node gets of steady traffic, of the mean of all nodes: equal ones, of which some come and
     * go. To be overridden for a strategy that promises to starve none; this one promises nothing.
     */
    protected double leastOfMean() {
        return 0;
    }

    /**
     * The most requests that a node gets of the same traffic, of the mean of all nodes. To be overridden for a strategy
     * that promises to flood none; this one promises nothing.
     */
    protected double mostOfMean() {
        return Double.POSITIVE_INFINITY;
    }

    @Example
    void provider_listedAsService_isFoundByItsName() {
        assertThat(ServiceLoader.load(RoutingStrategy.Provider.class))
                .filteredOn(found -> found.name().equals(provider().name()))
                .singleElement()
                .isInstanceOf(provider().getClass());
    }

    @Example
    void provider_optionsOfOthers_makesAStrategyForEachPool() {
        Map<String, String> options = Map.of("no_option_of_a_strategy", "1");

        assertThat(provider().create(options)).isNotSameAs(provider().create(options));
    }

    @Property(tries = 100)
    void select_membershipComesAndGoes_picksOnlyItsNodes(
            @ForAll("fleets") List<FakeNode> fleet, @ForAll @Size(20) List<Random> changes) {
        RoutingStrategy strategy = strategy();
        for (Random change : changes) {
            List<FakeNode> members = someOf(fleet, change);
            Selector selector = strategy.selectorFor(members);
            for (int i = 0; i < 5; i++) {
                assertThat(members).contains(pick(selector, "session " + change.nextInt()));
            }
        }
    }

    @Property(tries = 100)
    void select_earlierSelectorStillUsed_picksOnlyItsNodes(
            @ForAll("fleets") List<FakeNode> fleet, @ForAll @Size(20) List<Random> changes) {
        RoutingStrategy strategy = strategy();
        List<List<FakeNode>> memberships = new ArrayList<>();
        List<Selector> selectors = new ArrayList<>();
        for (Random change : changes) {
            memberships.add(someOf(fleet, change));
            selectors.add(strategy.selectorFor(memberships.get(memberships.size() - 1)));
            int any = change.nextInt(selectors.size());
            assertThat(memberships.get(any)).contains(pick(selectors.get(any), "session " + change.nextInt()));
        }
    }

    @Property(tries = 100)
    void retry_partOfThePool_leavesThePoolsSelectorInOrder(
            @ForAll("fleets") List<FakeNode> pool, @ForAll @Size(20) List<Random> requests) {
        RoutingStrategy strategy = strategy();
        Selector selector = strategy.selectorFor(pool);
        for (Random request : requests) {
            String session = "session " + request.nextInt();
            FakeNode failed = pick(selector, session);
            List<FakeNode> others = pool.stream().filter(node -> node != failed).toList();
            if (!others.isEmpty()) {
                assertThat(others).contains(pick(strategy.selectorFor(others), session));
            }
            assertThat(pool).contains(pick(selector, session));
        }
    }

    @Property(tries = 100)
    void select_requestsBeginAndEnd_countsOnlyThoseUnderWay(
            @ForAll("fleets") List<FakeNode> fleet, @ForAll @Size(max = 200) List<Boolean> begins) {
        Selector selector = strategy().selectorFor(fleet);
        Deque<FakeNode> underWay = new ArrayDeque<>();
        for (boolean begin : begins) {
            if (begin) {
                underWay.addLast(pickAndCount(selector, "session " + underWay.size()));
            } else if (!underWay.isEmpty()) {
                underWay.removeFirst().end();
            }
            assertThat(inFlight(fleet)).isEqualTo(underWay.size());
        }
        underWay.forEach(FakeNode::end);
        assertThat(fleet).allSatisfy(node -> assertThat(node.inFlight()).isZero());
    }

    @Property(tries = 50)
    void select_burstOnIdleEqualNodes_givesNoneMoreThanItsShare(
            @ForAll("sizes") int nodes, @ForAll @IntRange(min = 1, max = 200) int requests) {
        List<FakeNode> fleet = FakeNode.fleet(nodes);
        RoutingStrategy strategy = strategy();
        Selector selector = strategy.selectorFor(fleet);

        for (int i = 0; i < requests; i++) {
            FakeNode picked = pickAndCount(selector, "one session");
            SelectionObserver unused = strategy.observer(FakeContext.ofSession("one session"), picked);
        }

        assertThat(fleet)
                .allSatisfy(node -> assertThat(node.inFlight()).isLessThanOrEqualTo(largestShare(requests, nodes)));
    }

    @Property(tries = 10)
    void select_steadyTrafficOnAFleetThatChanges_starvesAndFloodsNoNode(@ForAll("sizes") int nodes, @ForAll long seed) {
        List<FakeNode> fleet = FakeNode.fleet(nodes + 2);
        FakeTraffic traffic = new FakeTraffic(strategy(), seed);
        for (int phase = 0; phase < 3; phase++) {
            List<FakeNode> members = fleet.subList(phase, phase + nodes);
            List<Integer> warmUp = traffic.send(members, 40);
            assertThat(warmUp.stream().mapToInt(Integer::intValue).sum()).isEqualTo(40 * nodes);

            assertThat(traffic.send(members, 100))
                    .allSatisfy(count -> assertThat(count / 100.0).isBetween(leastOfMean(), mostOfMean()));
        }
        traffic.end();
        assertThat(inFlight(fleet)).isZero();
    }

    @Example
    void select_manyThreadsUnderOneLock_countsEachPick() throws Exception {
        LockedPool pool = new LockedPool(FakeNode.fleet(THREADS));
        Callable<Void> client = () -> {
            for (int i = 0; i < PICKS; i++) {
                pool.place("session " + i);
                pool.place("session " + -i).end();
            }
            return null;
        };
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            for (Future<Void> done : threads.invokeAll(Collections.nCopies(THREADS, client))) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(inFlight(pool.nodes)).isEqualTo(THREADS * PICKS);
    }

    @Provide
    Arbitrary<Integer> sizes() {
        return Arbitraries.of(1, 2, 8, 64);
    }

    /** Idle nodes of which some have a speed and some a latency. */
    @Provide
    Arbitrary<List<FakeNode>> fleets() {
        return Combinators.combine(sizes(), Arbitraries.randoms()).as(RoutingStrategyContract::fleet);
    }

    private RoutingStrategy strategy() {
        return provider().create(Map.of());
    }

    private static List<FakeNode> fleet(int size, Random random) {
        return FakeNode.fleet(size).stream().map(node -> varied(node, random)).toList();
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
        RoutingContext context = FakeContext.ofSession(session);
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

    /** Picks and counts in one step, as the router does it. */
    private final class LockedPool {
        private final ReentrantLock lock = new ReentrantLock();
        private final List<FakeNode> nodes;
        private final Selector selector;

        LockedPool(List<FakeNode> nodes) {
            this.nodes = nodes;
            selector = strategy().selectorFor(nodes);
        }

        FakeNode place(String session) {
            RoutingContext context = FakeContext.ofSession(session);
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
