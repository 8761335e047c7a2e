package io.dlrouter.core.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.RoutingStrategy.Selector;
import io.dlrouter.testkit.FakeNode;
import io.dlrouter.testkit.FakeRoutingContext;
import io.dlrouter.testkit.RoutingStrategyContract;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MinObservedLatencyTest extends RoutingStrategyContract {
    private final List<FakeNode> nodes = FakeNode.fleet(8);
    private final Selector selector = new MinObservedLatency(new Random(1)).selectorFor(nodes);

    @Override
    protected RoutingStrategy.Provider provider() {
        return new MinObservedLatency.Provider();
    }

    @Override
    protected int largestShare(int requests, int nodes) {
        return Math.floorDiv(requests + nodes - 1, nodes);
    }

    @Override
    protected double leastOfMean() {
        return 0.75;
    }

    @Override
    protected double mostOfMean() {
        return 1.25;
    }

    @Property
    void select_anyLoadsAndLatencies_picksTheSmallestProduct(
            @ForAll @Size(8) List<@IntRange(max = 50) Integer> loads,
            @ForAll @Size(8) List<@DoubleRange(min = 0.01, max = 100) Double> latencies) {
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).setInFlight(loads.get(i));
            nodes.get(i).setLatency(latencies.get(i));
        }

        FakeNode picked = pick();

        assertThat(nodes).allSatisfy(node -> assertThat(product(picked)).isLessThanOrEqualTo(product(node)));
    }

    @Test
    void select_nodeWithoutLatency_countsAsTheFastest() {
        nodes.forEach(node -> node.setLatency(10));
        nodes.get(2).setLatency(1);
        nodes.get(5).forgetLatency();

        nodes.get(2).setInFlight(1);
        assertThat(pick()).isSameAs(nodes.get(5));
        nodes.get(5).setInFlight(2);
        assertThat(pick()).isSameAs(nodes.get(2));
    }

    @Test
    void select_onceSlowNodeWhoseSamplesFaded_isTriedAgain() {
        nodes.forEach(node -> node.setLatency(1));
        nodes.get(3).setLatency(100);
        nodes.forEach(node -> node.setInFlight(4));
        nodes.get(3).setInFlight(0);
        assertThat(pick()).isNotSameAs(nodes.get(3));

        nodes.get(3).forgetLatency();

        assertThat(pick()).isSameAs(nodes.get(3));
    }

    @Test
    void select_noLatencyKnown_picksTheLeastLoaded() {
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).setInFlight(nodes.size() - i);
        }

        assertThat(pick()).isSameAs(nodes.get(7));
    }

    @Test
    void select_ties_evenOut() {
        nodes.subList(0, 4).forEach(node -> node.setLatency(2));

        new Picks(selector, 10_000).assertEqualShares(nodes);
    }

    private FakeNode pick() {
        return (FakeNode) selector.select(FakeRoutingContext.ofSession("any"));
    }

    private static double product(Node node) {
        return (node.inFlight() + 1) * node.latency().orElseThrow();
    }
}
