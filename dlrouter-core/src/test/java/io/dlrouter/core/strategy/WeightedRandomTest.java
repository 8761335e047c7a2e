package io.dlrouter.core.strategy;

import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.testkit.FakeNode;
import io.dlrouter.testkit.RoutingStrategyContract;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class WeightedRandomTest extends RoutingStrategyContract {
    private static final int REQUESTS = 10_000;

    @Override
    protected RoutingStrategy.Provider provider() {
        return new WeightedRandom.Provider();
    }

    @Override
    protected double leastOfMean() {
        return 0.5;
    }

    @Override
    protected double mostOfMean() {
        return 1.6;
    }

    @Property(tries = 50)
    void select_anySpeeds_picksEachNodeByItsSpeed(
            @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 1, max = 100) Integer> speeds, @ForAll Random random) {
        List<FakeNode> nodes = withSpeeds(speeds.stream().mapToDouble(i -> i).toArray());
        double total = speeds.stream().mapToInt(i -> i).sum();

        Picks picks = picks(nodes, random);

        for (int i = 0; i < nodes.size(); i++) {
            picks.assertShare(nodes.get(i), speeds.get(i) / total);
        }
    }

    @Test
    void select_oneSpeedUnknown_countsAsTheMeanOfTheOthers() {
        List<FakeNode> nodes = withSpeeds(1, 7, 4);
        List<FakeNode> thirdUnknown =
                List.of(nodes.get(0), nodes.get(1), FakeNode.fleet(3).get(2));

        Picks picks = picks(thirdUnknown, new Random(1));

        picks.assertShare(thirdUnknown.get(0), 1 / 12.0);
        picks.assertShare(thirdUnknown.get(1), 7 / 12.0);
        picks.assertShare(thirdUnknown.get(2), 4 / 12.0);
    }

    @Test
    void select_noSpeedKnown_picksAllAlike() {
        List<FakeNode> nodes = FakeNode.fleet(8);

        picks(nodes, new Random(1)).assertEqualShares(nodes);
    }

    @Test
    void select_speedsThatAddUpToInfinity_areStillShares() {
        List<FakeNode> nodes = withSpeeds(Double.MAX_VALUE, Double.MAX_VALUE, Double.MIN_VALUE);

        Picks picks = picks(nodes, new Random(1));

        picks.assertShare(nodes.get(0), 0.5);
        picks.assertShare(nodes.get(1), 0.5);
    }

    private static Picks picks(List<FakeNode> nodes, Random random) {
        return new Picks(new WeightedRandom(random).selectorFor(nodes), REQUESTS);
    }

    private static List<FakeNode> withSpeeds(double... speeds) {
        List<FakeNode> fleet = FakeNode.fleet(speeds.length);
        return IntStream.range(0, speeds.length)
                .mapToObj(i -> fleet.get(i).withSpeed(speeds[i]))
                .toList();
    }
}
