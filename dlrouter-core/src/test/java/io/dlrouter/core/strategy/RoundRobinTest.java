package io.dlrouter.core.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.RoutingStrategy.Selector;
import io.dlrouter.testkit.FakeNode;
import io.dlrouter.testkit.FakeRoutingContext;
import io.dlrouter.testkit.RoutingStrategyContract;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.Test;

class RoundRobinTest extends RoutingStrategyContract {
    private RoundRobin strategy = new RoundRobin();

    private final List<FakeNode> nodes = FakeNode.fleet(8);

    @BeforeTry
    void startAnew() {
        strategy = new RoundRobin();
    }

    @Override
    protected RoutingStrategy.Provider provider() {
        return new RoundRobin.Provider();
    }

    @Override
    protected int largestShare(int requests, int nodes) {
        return Math.floorDiv(requests + nodes - 1, nodes);
    }

    @Override
    protected double leastOfMean() {
        return 0.9;
    }

    @Override
    protected double mostOfMean() {
        return 1.1;
    }

    @Test
    void select_oneMembership_goesAroundInOrderOfRegistration() {
        assertThat(picks(membership(0, 1, 2), 7)).containsExactly(0, 1, 2, 0, 1, 2, 0);
    }

    @Test
    void select_lastPickedLeft_goesOnAfterWhereItStood() {
        picks(membership(0, 1, 2, 3), 3);

        assertThat(picks(membership(0, 1, 3), 3)).containsExactly(3, 0, 1);
    }

    @Test
    void select_lastPickedAndThoseBeforeItLeft_goesOnAfterWhereTheyStood() {
        picks(membership(0, 1, 2, 3), 2);

        assertThat(picks(membership(2, 3), 3)).containsExactly(2, 3, 2);
    }

    @Test
    void select_newNode_isPickedInItsTurn() {
        picks(membership(0, 1), 1);

        assertThat(picks(membership(0, 1, 2), 4)).containsExactly(1, 2, 0, 1);
    }

    @Test
    void select_retryWithoutTheFailedNode_isATurnLikeAnother() {
        Selector pool = membership(0, 1, 2, 3);
        picks(pool, 2);

        assertThat(picks(membership(0, 2, 3), 1)).containsExactly(2);
        assertThat(picks(pool, 2)).containsExactly(3, 0);
    }

    @Test
    void selectorFor_retryThatPicksNothing_movesNothing() {
        Selector pool = membership(0, 1, 2, 3);
        picks(pool, 2);

        membership(0, 3);

        assertThat(picks(pool, 2)).containsExactly(2, 3);
    }

    @Test
    void select_nodeRegisteredAnew_keepsItsTurn() {
        picks(membership(0, 1, 2), 2);
        List<FakeNode> renewed = List.of(nodes.get(0), nodes.get(1).withSpeed(2), nodes.get(2));

        assertThat(strategy.selectorFor(renewed).select(FakeRoutingContext.ofSession("any")))
                .isSameAs(nodes.get(2));
    }

    @Property
    void select_oneNodeComesOrGoesBeforeEachPick_picksTheNextThatIsThere(
            @ForAll @Size(max = 50) List<@IntRange(max = 7) Integer> changes) {
        BitSet present = new BitSet();
        present.set(0, 8);
        int last = -1;
        for (int change : changes) {
            present.flip(change);
            if (!present.isEmpty()) {
                int next = present.nextSetBit(last + 1);
                last = next >= 0 ? next : present.nextSetBit(0);
                assertThat(picks(membership(present.stream().toArray()), 1)).containsExactly(last);
            }
        }
    }

    @Property
    void select_othersComeAndGo_givesThoseThatStayTheSameTurns(
            @ForAll @Size(min = 1, max = 7) List<@IntRange(max = 7) Integer> staying,
            @ForAll @Size(100) List<Random> changes) {
        int[] turns = new int[8];
        for (Random change : changes) {
            int[] present = IntStream.range(0, 8)
                    .filter(i -> staying.contains(i) || change.nextBoolean())
                    .toArray();
            picks(membership(present), 3).forEach(i -> turns[i]++);
        }

        List<Integer> ofStaying = staying.stream().map(i -> turns[i]).toList();
        assertThat(Collections.max(ofStaying) - Collections.min(ofStaying)).isLessThanOrEqualTo(1);
    }

    private Selector membership(int... present) {
        return strategy.selectorFor(IntStream.of(present).mapToObj(nodes::get).toList());
    }

    private List<Integer> picks(Selector selector, int requests) {
        return IntStream.range(0, requests)
                .mapToObj(i -> indexOf(selector.select(FakeRoutingContext.ofSession("any"))))
                .toList();
    }

    private int indexOf(Node node) {
        return nodes.indexOf((FakeNode) node);
    }
}
