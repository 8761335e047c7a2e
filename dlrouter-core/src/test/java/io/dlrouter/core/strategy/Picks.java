package io.dlrouter.core.strategy;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy.Selector;
import io.dlrouter.testkit.FakeNode;
import io.dlrouter.testkit.FakeRoutingContext;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What a selector picked for many requests, each of a session of its own and none counted as in flight. */
final class Picks {
    private final int requests;
    private final Map<Node, Long> picks;

    Picks(Selector selector, int requests) {
        this.requests = requests;
        picks = IntStream.range(0, requests)
                .mapToObj(i -> selector.select(FakeRoutingContext.ofSession("session " + i)))
                .collect(groupingBy(identity(), counting()));
    }

    /** Fails if a node's selects are six standard deviations or more away from its share: once in 10⁸ by chance. */
    void assertShare(FakeNode node, double share) {
        assertThat((double) picks.getOrDefault(node, 0L))
                .as("picks of %s", node)
                .isCloseTo(requests * share, within(6 * Math.sqrt(requests * share * (1 - share))));
    }

    void assertEqualShares(List<FakeNode> nodes) {
        nodes.forEach(node -> assertShare(node, 1.0 / nodes.size()));
    }
}
