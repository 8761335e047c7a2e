package io.dlrouter.core.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.RoutingStrategy.Selector;
import io.dlrouter.testkit.FakeNode;
import io.dlrouter.testkit.FakeRoutingContext;
import io.dlrouter.testkit.RoutingStrategyContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MinExpectedLatencyTest extends RoutingStrategyContract {

    @Override
    protected RoutingStrategy.Provider provider() {
        return new MinExpectedLatency.Provider();
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
    void select_anyLoadsAndSpeeds_picksTheSmallestExpectation(
            @ForAll @Size(8) List<@IntRange(max = 50) Integer> loads,
            @ForAll @Size(8) List<@IntRange(min = 1, max = 9) Integer> speeds) {
        List<FakeNode> nodes = new ArrayList<>(FakeNode.fleet(8));
        nodes.replaceAll(node -> node.withSpeed(speeds.get(nodes.indexOf(node))));
        nodes.forEach(node -> node.setInFlight(loads.get(nodes.indexOf(node))));

        FakeNode picked = pick(new MinExpectedLatency().selectorFor(nodes));

        double rounding = 1 + 1e-9;
        assertThat(nodes)
                .allSatisfy(node -> assertThat(expectation(picked)).isLessThanOrEqualTo(expectation(node) * rounding));
    }

    @Test
    void select_speedUnknown_countsAsTheMeanOfTheOthers() {
        FakeNode slow = FakeNode.fleet(3).get(0).withSpeed(1);
        FakeNode fast = FakeNode.fleet(3).get(1).withSpeed(3);
        FakeNode unknown = FakeNode.fleet(3).get(2);
        Selector selector = new MinExpectedLatency().selectorFor(List.of(slow, fast, unknown));

        assertThat(pick(selector)).isSameAs(fast);
        fast.setInFlight(1);
        assertThat(pick(selector)).isSameAs(unknown);
        unknown.setInFlight(1);
        assertThat(pick(selector)).isSameAs(fast);
        fast.setInFlight(3);
        unknown.setInFlight(2);
        assertThat(pick(selector)).isSameAs(slow);
    }

    @Test
    void select_burst_fillsNodesByTheirSpeed() {
        FakeNode slow = FakeNode.fleet(2).get(0).withSpeed(10);
        FakeNode fast = FakeNode.fleet(2).get(1).withSpeed(30);
        Selector selector = new MinExpectedLatency().selectorFor(List.of(slow, fast));

        for (int i = 0; i < 40; i++) {
            pick(selector).begin();
        }

        assertThat(slow.inFlight()).isEqualTo(10);
        assertThat(fast.inFlight()).isEqualTo(30);
    }

    @Test
    void select_ties_evenOut() {
        List<FakeNode> nodes = new ArrayList<>(FakeNode.fleet(9));
        nodes.get(4).setInFlight(1);
        Selector selector = new MinExpectedLatency(new Random(1)).selectorFor(nodes);

        Picks picks = new Picks(selector, 10_000);

        picks.assertShare(nodes.remove(4), 0);
        picks.assertEqualShares(nodes);
    }

    private static FakeNode pick(Selector selector) {
        return (FakeNode) selector.select(FakeRoutingContext.ofSession("any"));
    }

    private static double expectation(Node node) {
        return (node.inFlight() + 1) / node.spec().speed().orElseThrow();
    }
}
