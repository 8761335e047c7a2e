package io.dlrouter.core.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.testkit.FakeNode;
import io.dlrouter.testkit.FakeRoutingContext;
import io.dlrouter.testkit.RoutingStrategyContract;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.Test;

class ConsistentHashTest extends RoutingStrategyContract {
    private final ConsistentHash strategy = new ConsistentHash();
    private final List<FakeNode> nodes = FakeNode.fleet(8);

    @BeforeTry
    void endAllRequests() {
        nodes.forEach(node -> node.setInFlight(0));
    }

    @Override
    protected RoutingStrategy.Provider provider() {
        return new ConsistentHash.Provider();
    }

    @Override
    protected int largestShare(int requests, int nodes) {
        double mean = (double) requests / nodes;
        return (int) Math.max(Math.ceil(mean) + 4, Math.floor(1.25 * mean) + 1);
    }

    @Override
    protected double leastOfMean() {
        return 0.25;
    }

    @Override
    protected double mostOfMean() {
        return 2;
    }

    @Property
    void select_anyLoads_keepsTheKeyUnlessItsNodeIsOverloaded(
            @ForAll @Size(8) List<@IntRange(max = 40) Integer> loads, @ForAll String session) {
        FakeNode home = pick(strategy, nodes, session);
        setInFlight(loads);

        FakeNode picked = pick(strategy, nodes, session);

        assertThat(isOverloaded(picked)).isFalse();
        assertThat(picked == home).isEqualTo(!isOverloaded(home));
    }

    @Test
    void select_requestsOfOneSessionOnIdleFleet_shareANode() {
        FakeNode home = pick(strategy, nodes, "a session");

        for (int inFlight = 0; inFlight < 4; inFlight++) {
            assertThat(pick(strategy, nodes, "a session")).isSameAs(home);
            home.begin();
        }
    }

    @Test
    void select_nodeFourAboveTheMean_passesItsKeyOn() {
        FakeNode home = pick(strategy, nodes, "a session");

        nodes.forEach(node -> node.setInFlight(10));
        home.setInFlight(14);
        assertThat(pick(strategy, nodes, "a session")).as("mean 10.5").isSameAs(home);
        home.setInFlight(15);
        assertThat(pick(strategy, nodes, "a session")).as("mean 10.6").isNotSameAs(home);
    }

    @Test
    void select_nodeAQuarterAboveALargeMean_keepsItsKey() {
        FakeNode home = pick(strategy, nodes, "a session");

        nodes.forEach(node -> node.setInFlight(100));
        home.setInFlight(129);
        assertThat(pick(strategy, nodes, "a session")).as("mean 103.6").isSameAs(home);
        home.setInFlight(130);
        assertThat(pick(strategy, nodes, "a session")).as("mean 103.75").isNotSameAs(home);
    }

    @Property
    void select_nodeOverloaded_passesItsKeyToTheLessLoadedOfTheNextTwo(@ForAll String session) {
        List<FakeNode> order = inOrderOf(session);
        order.get(0).setInFlight(20);
        order.get(1).setInFlight(2);

        assertThat(pick(strategy, nodes, session)).isSameAs(order.get(2));

        order.get(2).setInFlight(3);

        assertThat(pick(strategy, nodes, session)).isSameAs(order.get(1));
    }

    @Property
    void select_nextTwoOverloadedToo_passesTheKeyToTheNextAfterThem(@ForAll String session) {
        List<FakeNode> order = inOrderOf(session);
        order.subList(0, 4).forEach(node -> node.setInFlight(20));

        assertThat(pick(strategy, nodes, session)).isSameAs(order.get(4));
    }

    @Property
    void select_nodeFull_passesItsKeysToWhomTheyWouldFallWithoutIt(@ForAll String session) {
        FakeNode home = pick(strategy, nodes, session);

        home.setInFlight(10);

        assertThat(pick(strategy, nodes, session)).isSameAs(pick(new ConsistentHash(), without(home), session));
    }

    @Property(tries = 100)
    void selectorFor_nodeLeavesAndReturns_movesOnlyItsOwnKeys(@ForAll @IntRange(max = 7) int leaving) {
        Map<String, FakeNode> before = owners(strategy, nodes);
        FakeNode left = nodes.get(leaving);

        Map<String, FakeNode> after = owners(strategy, without(left));

        assertThat(after).doesNotContainValue(left);
        before.forEach((session, owner) -> {
            if (owner != left) {
                assertThat(after).containsEntry(session, owner);
            }
        });
        assertThat(owners(strategy, nodes)).isEqualTo(before);
    }

    @Property(tries = 100)
    void selectorFor_partOfThePool_isThatOfARingOfThatPart(@ForAll Random random) {
        List<FakeNode> part =
                nodes.stream().filter(node -> random.nextInt(3) > 0).toList();
        if (part.isEmpty()) {
            return;
        }
        strategy.selectorFor(nodes);

        assertThat(owners(strategy, part)).isEqualTo(owners(new ConsistentHash(), part));
    }

    @Property(tries = 50)
    void select_otherOrderOfRegistration_givesKeysTheSameNodes(@ForAll Random random) {
        List<FakeNode> shuffled = new ArrayList<>(nodes);
        Collections.shuffle(shuffled, random);

        assertThat(owners(new ConsistentHash(), shuffled)).isEqualTo(owners(strategy, nodes));
    }

    @Test
    void select_manySessions_spreadsThemOverIdleNodes() {
        List<FakeNode> many = FakeNode.fleet(64);
        Map<FakeNode, Integer> keys = new HashMap<>();

        for (int i = 0; i < 64_000; i++) {
            keys.merge(pick(strategy, many, "session " + i), 1, Integer::sum);
        }

        assertThat(keys)
                .hasSize(64)
                .allSatisfy((node, count) -> assertThat(count).isBetween(650, 1_350));
    }

    @Test
    void select_nodesFilledByAnotherPoolMeanwhile_stillPicks() {
        Node filling = new FillingNode(nodes.get(0).spec(), new AtomicInteger());

        assertThat(strategy.selectorFor(List.of(filling)).select(FakeRoutingContext.ofSession("any")))
                .isSameAs(filling);
    }

    /** The nodes as they follow on the ring: each is whom the session falls to without those before it. */
    private List<FakeNode> inOrderOf(String session) {
        List<FakeNode> left = new ArrayList<>(nodes);
        List<FakeNode> order = new ArrayList<>();
        while (!left.isEmpty()) {
            FakeNode next = pick(new ConsistentHash(), left, session);
            order.add(next);
            left.remove(next);
        }
        return order;
    }

    private boolean isOverloaded(FakeNode node) {
        double mean = nodes.stream().mapToInt(FakeNode::inFlight).average().orElseThrow();
        return node.inFlight() > 1.25 * mean && node.inFlight() >= mean + 4;
    }

    private void setInFlight(List<Integer> loads) {
        IntStream.range(0, loads.size()).forEach(i -> nodes.get(i).setInFlight(loads.get(i)));
    }

    private List<FakeNode> without(FakeNode left) {
        return nodes.stream().filter(node -> node != left).toList();
    }

    private static FakeNode pick(RoutingStrategy strategy, List<FakeNode> nodes, String session) {
        return (FakeNode) strategy.selectorFor(nodes).select(FakeRoutingContext.ofSession(session));
    }

    private static Map<String, FakeNode> owners(RoutingStrategy strategy, List<FakeNode> nodes) {
        Map<String, FakeNode> owners = new HashMap<>();
        for (int i = 0; i < 200; i++) {
            owners.put("session " + i, pick(strategy, nodes, "session " + i));
        }
        return owners;
    }

    /** Has 1,000 requests more in flight each time that it is asked. */
    private record FillingNode(NodeSpec spec, AtomicInteger requests) implements Node {
        @Override
        public int incarnation() {
            return 0;
        }

        @Override
        public OptionalLong cacheTokens() {
            return OptionalLong.empty();
        }

        @Override
        public int inFlight() {
            return requests.getAndAdd(1_000);
        }

        @Override
        public OptionalDouble latency() {
            return OptionalDouble.empty();
        }
    }
}
