package io.dlrouter.core.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.Prompt.Unit;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.RoutingStrategy.Selector;
import io.dlrouter.spi.SelectionObserver;
import io.dlrouter.spi.Usage;
import io.dlrouter.testkit.FakeNode;
import io.dlrouter.testkit.FakeRoutingContext;
import io.dlrouter.testkit.RoutingStrategyContract;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PrefixCacheTest extends RoutingStrategyContract {
    private static final int BLOCK = 100;
    private static final long SECOND = 1_000_000_000L;

    private final List<FakeNode> fleet = FakeNode.fleet(3);
    private final RoutingStrategy strategy = provider().create(Map.of("routing_seed", "1"));
    private final Selector selector = strategy.selectorFor(fleet);

    @Override
    protected RoutingStrategy.Provider provider() {
        return new PrefixCache.Provider();
    }

    @Override
    protected int largestShare(int requests, int nodes) {
        return Math.floorDiv(requests + nodes - 1, nodes);
    }

    @Override
    protected double leastOfMean() {
        return 0.25;
    }

    @Override
    protected double mostOfMean() {
        return 2;
    }

    @Test
    void select_nodeHoldsThePromptsBeginning_isChosen() {
        Node holder = serve(prompt(1, 2, 3));

        assertThat(serve(prompt(1, 2, 3, 4))).isSameAs(holder);
        assertThat(serve(prompt(1, 2, 3, 5))).isSameAs(holder);
    }

    @Test
    void select_holderHasMoreToReadThanItSaves_isNotChosen() {
        Node holder = serve(prompt(1, 2));
        strategy.observer(context(prompt(20, 21, 22)), holder);

        assertThat(pick(prompt(1, 2, 3))).isNotSameAs(holder);
        assertThat(pick(prompt(1, 2, 3, 4, 5, 6))).as("saves no more").isNotSameAs(holder);
    }

    @Test
    void select_holderIsBusyButSavesMore_isChosen() {
        Node holder = serve(prompt(1, 2, 3, 4, 5));
        strategy.observer(context(prompt(20, 21, 22)), holder);

        assertThat(pick(prompt(1, 2, 3, 4, 5, 6))).isSameAs(holder);
    }

    @Test
    void select_manyAtOnceWithOneBeginning_areSpread() {
        List<Node> picked = LongStream.range(0, 6)
                .mapToObj(i -> place(prompt(1, 2, 3, 10 + i)).node())
                .toList();

        fleet.forEach(node -> assertThat(picked).filteredOn(node::equals).hasSize(2));
    }

    @Test
    void select_nodeStartedAnew_holdsNothing() {
        FakeNode holder = (FakeNode) serve(prompt(1, 2, 3));
        assertThat(matched(holder, prompt(1, 2, 3))).isEqualTo(300);

        holder.restart();

        assertThat(matched(holder, prompt(1, 2, 3))).isZero();
    }

    @Test
    void selectorFor_nodeLeavesAndComesBack_holdsWhatItHeld() {
        FakeNode holder = (FakeNode) serve(prompt(1, 2, 3));
        strategy.selectorFor(fleet.stream().filter(node -> node != holder).toList());

        Selector again = strategy.selectorFor(fleet);

        assertThat(again.select(context(prompt(1, 2, 3)))).isSameAs(holder);
    }

    @Test
    void observer_endsWithoutAFirstByte_leavesNothing() {
        Placed placed = place(prompt(1, 2, 3));

        placed.observer.ended(SECOND);

        serve(Prompt.EMPTY);
        assertThat(matched(placed.node, prompt(1, 2, 3))).isZero();
        assertThat(explanation(placed.node, prompt(1, 2, 3)).get("queued_tokens"))
                .isZero();
    }

    @Test
    void observer_responseGoesOn_countsForItsNode() {
        Placed placed = place(prompt(1, 2, 3));
        placed.observer.firstByte(SECOND);

        assertThat(explanation(placed.node, prompt(9)).get("answering")).isEqualTo(1);
        assertThat(pick(prompt(9))).isNotSameAs(placed.node);

        placed.observer.ended(2 * SECOND);
        assertThat(explanation(placed.node, prompt(9)).get("answering")).isZero();
    }

    @Test
    void counted_fewerCachedThanBelieved_forgetsWhatWasUsedBefore() {
        strategy.selectorFor(fleet.subList(0, 1));
        FakeNode node = fleet.get(0);
        observer(node, prompt(50, 51), OptionalLong.empty());
        observer(node, prompt(1, 2, 3), OptionalLong.empty());

        observer(node, prompt(1, 2, 3, 4), OptionalLong.of(100));
        serve(Prompt.EMPTY);

        assertThat(matched(node, prompt(50, 51))).as("not used since").isZero();
        assertThat(matched(node, prompt(1, 2, 3, 4))).as("read just now").isEqualTo(400);
    }

    @Test
    void counted_nothingCached_isBelievedTheSecondTimeInARow() {
        FakeNode node = fleet.get(0);
        observer(node, prompt(50, 51), OptionalLong.empty());
        observer(node, prompt(1, 2, 3), OptionalLong.empty());

        observer(node, prompt(1, 2, 3), OptionalLong.of(0));
        observer(node, prompt(1, 2, 3), OptionalLong.of(300));
        observer(node, prompt(1, 2, 3), OptionalLong.of(0));
        serve(Prompt.EMPTY);
        assertThat(matched(node, prompt(50, 51))).isEqualTo(200);

        observer(node, prompt(1, 2, 3), OptionalLong.of(0));
        serve(Prompt.EMPTY);
        assertThat(matched(node, prompt(50, 51))).isZero();
    }

    @Test
    void counted_nothingCachedOfWhatWasSentAtTheSameTime_forgetsNothing() {
        FakeNode node = fleet.get(0);
        observer(node, prompt(50, 51), OptionalLong.empty());

        List<SelectionObserver> atOnce = Stream.generate(() -> strategy.observer(context(prompt(1, 2, 3)), node))
                .limit(4)
                .toList();
        atOnce.forEach(observer -> {
            observer.firstByte(SECOND);
            observer.counted(new Usage(300, OptionalLong.of(0), OptionalLong.empty()));
            observer.ended(SECOND);
        });
        serve(Prompt.EMPTY);

        assertThat(matched(node, prompt(50, 51))).isEqualTo(200);
    }

    @Test
    void counted_textWithFewerTokensThanOthers_isNotTakenForALoss() {
        FakeNode node = fleet.get(0);
        for (int i = 0; i < 50; i++) {
            observer(node, text(100 + i), 450, OptionalLong.empty());
        }

        observer(node, text(1, 2, 3, 4), 250, OptionalLong.empty());
        observer(node, text(1, 2, 3, 4), 250, OptionalLong.of(240));
        serve(Prompt.EMPTY);

        assertThat(matched(node, text(100))).isPositive();
    }

    @Test
    void counted_absurdly_isNotLearnedForLong() {
        FakeNode node = fleet.get(0);
        observer(node, text(1, 2), Long.MAX_VALUE, OptionalLong.empty());
        for (int i = 0; i < 300; i++) {
            observer(node, text(1, 2), 250, OptionalLong.empty());
        }
        serve(Prompt.EMPTY);

        assertThat(explanation(node, text(1, 2)).get("prompt_tokens")).isCloseTo(250, withinPercentage(1));
    }

    @Test
    void selectorFor_someOfTheNodes_leavesTheOthersWhatTheyAre() {
        for (int i = 0; i < 60; i++) {
            strategy.selectorFor(fleet.subList(0, 2));
            place(prompt(1000 + i));
        }

        fleet.forEach(node ->
                assertThat(explanation(node, Prompt.EMPTY).get("queued_tokens")).isEqualTo(20.0 * BLOCK));
    }

    @Test
    void counted_asManyCachedAsBelieved_forgetsNothing() {
        FakeNode node = fleet.get(0);
        observer(node, prompt(50, 51), OptionalLong.empty());
        observer(node, prompt(1, 2, 3), OptionalLong.empty());

        observer(node, prompt(1, 2, 3, 4), OptionalLong.of(299));
        serve(Prompt.EMPTY);

        assertThat(matched(node, prompt(50, 51))).isEqualTo(200);
    }

    @Test
    void counted_tokensOfText_areLearned() {
        Prompt text = Prompt.of(Unit.BYTES, 3000, 500, 1, 2, 3, 4, 5, 6);
        FakeNode node = fleet.get(0);
        assertThat(explanation(node, text).get("prompt_tokens")).isEqualTo(750);

        SelectionObserver observer = strategy.observer(context(text), node);
        observer.firstByte(SECOND);
        observer.counted(new Usage(1000, OptionalLong.empty(), OptionalLong.empty()));
        observer.ended(SECOND);
        serve(Prompt.EMPTY);

        assertThat(explanation(node, text).get("prompt_tokens")).isEqualTo(1000);
        assertThat(explanation(node, text).get("matched_tokens")).isEqualTo(1000);
    }

    @Test
    void observer_cacheOfTheEngineIsFull_forgetsTheOldest() {
        FakeNode node = fleet.get(0);
        node.setCacheTokens(350);
        observer(node, prompt(1, 2), OptionalLong.empty());
        observer(node, prompt(5, 6, 7), OptionalLong.empty());

        assertThat(matched(node, prompt(1, 2))).as("rounded up to four blocks").isEqualTo(100);
        assertThat(matched(node, prompt(5, 6, 7))).isEqualTo(300);
    }

    @Test
    void select_nodesOfOtherSpeeds_weighsByThem() {
        List<FakeNode> two = List.of(fleet.get(0).withSpeed(1), fleet.get(1).withSpeed(10));
        Selector uneven = strategy.selectorFor(two);

        assertThat(uneven.select(context(prompt(70)))).isSameAs(two.get(1));
        assertThat(uneven.explain(context(prompt(70)), two.get(0)).get("estimate"))
                .isEqualTo(10 * BLOCK);
        assertThat(uneven.explain(context(prompt(70)), two.get(1)).get("estimate"))
                .isEqualTo(BLOCK);
    }

    @Test
    void create_cacheSizeThatIsNoNumber_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider().create(Map.of("prefix_cache_tokens", "-1")))
                .withMessage("prefix_cache_tokens: -1 (expected: a number of tokens, 0 or more)");
    }

    @Test
    void create_seedThatIsNoNumber_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider().create(Map.of("routing_seed", "x")))
                .withMessage("routing_seed: x (expected: a whole number)");
    }

    private record Placed(Node node, SelectionObserver observer) {}

    private Placed place(Prompt prompt) {
        Node node = pick(prompt);
        return new Placed(node, strategy.observer(context(prompt), node));
    }

    private Node pick(Prompt prompt) {
        selector.prepare(context(prompt));
        return selector.select(context(prompt));
    }

    /** Where a request went that has ended by now. */
    private Node serve(Prompt prompt) {
        Placed placed = place(prompt);
        placed.observer.firstByte(SECOND);
        placed.observer.ended(SECOND);
        return placed.node;
    }

    private void observer(FakeNode node, Prompt prompt, OptionalLong cached) {
        SelectionObserver observer = strategy.observer(context(prompt), node);
        observer.firstByte(SECOND);
        cached.ifPresent(
                tokens -> observer.counted(new Usage(prompt.length(), OptionalLong.of(tokens), OptionalLong.empty())));
        observer.ended(SECOND);
    }

    private void observer(FakeNode node, Prompt prompt, long tokens, OptionalLong cached) {
        SelectionObserver observer = strategy.observer(context(prompt), node);
        observer.firstByte(SECOND);
        observer.counted(new Usage(tokens, cached, OptionalLong.empty()));
        observer.ended(SECOND);
    }

    private double matched(Node node, Prompt prompt) {
        return Objects.requireNonNull(explanation(node, prompt).get("matched_tokens"));
    }

    private Map<String, Double> explanation(Node node, Prompt prompt) {
        return selector.explain(context(prompt), node);
    }

    private static FakeRoutingContext context(Prompt prompt) {
        return FakeRoutingContext.ofSession("any").withPrompt(prompt).at(SECOND);
    }

    /** Of 500 bytes a block. */
    private static Prompt text(long... blocks) {
        return Prompt.of(Unit.BYTES, 500L * blocks.length, 500, blocks);
    }

    private static Prompt prompt(long... blocks) {
        return Prompt.of(Unit.TOKENS, (long) BLOCK * blocks.length, BLOCK, blocks);
    }
}
