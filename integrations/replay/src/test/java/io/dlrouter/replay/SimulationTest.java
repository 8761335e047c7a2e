package io.dlrouter.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.dlrouter.replay.FleetPlan.Restart;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.SelectionObserver;
import io.dlrouter.spi.Usage;
import io.dlrouter.testkit.FakeNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Engines that read 10 tokens, which is a block, a second, and write one in 10 ms, so a response in a second. */
class SimulationTest {
    private static final Offset<Double> EXACT = within(1e-9);
    private static final RoutingStrategy FIRST = nodes -> context -> nodes.get(0);
    private static final RoutingStrategy LAST = nodes -> context -> nodes.get(nodes.size() - 1);
    private static final FleetPlan ONE = new FleetPlan(1, List.of(), List.of());

    @Test
    void firstByte_idleEngine_comesWhenThePromptIsRead() {
        Figures figures = run(FIRST, ONE, Traces.request(0, 1, 2, 3));

        assertThat(figures.firstBytes().mean()).isCloseTo(3, EXACT);
        assertThat(figures.hits()).isZero();
    }

    @Test
    void firstByte_busyEngine_waitsForThoseBefore() {
        Figures figures = run(FIRST, ONE, Traces.request(0, 1, 2), Traces.request(1, 3, 4), Traces.request(9, 5));

        assertThat(figures.firstBytes().quantile(1)).isCloseTo(3, EXACT);
        assertThat(figures.firstBytes().mean()).isCloseTo((2 + 3 + 1) / 3.0, EXACT);
        assertThat(figures.firstBytes().within(2)).isCloseTo(2 / 3.0, EXACT);
    }

    @Test
    void firstByte_beginningCached_isTheTimeForTheRest() {
        Figures figures = run(FIRST, ONE, Traces.request(0, 1, 2, 3), Traces.request(9, 1, 2, 4));

        assertThat(figures.firstBytes().quantile(0.5)).isCloseTo(1, EXACT);
        assertThat(figures.hits()).isCloseTo(2 / 6.0, EXACT);
    }

    @Test
    void firstByte_allCached_isTheTimeForOneToken() {
        Figures figures = run(FIRST, ONE, Traces.request(0, 1), Traces.request(9, 1));

        assertThat(figures.firstBytes().quantile(0.5)).isCloseTo(0.1, EXACT);
    }

    @Test
    void busy_unequalWork_isMostOverMean() {
        RoutingStrategy byLength =
                nodes -> context -> nodes.get(context.prompt().blocks() > 1 ? 1 : 0);

        Figures figures = run(
                byLength,
                new FleetPlan(2, List.of(), List.of()),
                Traces.request(0, 1),
                Traces.request(0, 2),
                Traces.request(0, 3, 4, 5, 6, 7, 8));

        assertThat(figures.busy()).isCloseTo(6 / 4.0, EXACT);
        assertThat(figures.requests()).isCloseTo(2 / 1.5, EXACT);
    }

    @Test
    void restart_whatItHeld_isForgottenAndItIsAnotherIncarnation() {
        FleetPlan plan = new FleetPlan(1, List.of(), List.of(new Restart(0, Duration.ofSeconds(5))));
        List<Integer> incarnations = new ArrayList<>();

        Figures figures = run(
                nodes -> context -> {
                    incarnations.add(nodes.get(0).incarnation());
                    return nodes.get(0);
                },
                plan,
                Traces.request(0, 1),
                Traces.request(4, 1),
                Traces.request(6, 1));

        assertThat(incarnations).containsExactly(0, 0, 1);
        assertThat(figures.hits()).isCloseTo(1 / 3.0, EXACT);
    }

    @Test
    void join_lateEngine_isMeasuredByWhatCameSince() {
        FleetPlan plan = new FleetPlan(2, List.of(Duration.ofSeconds(5)), List.of());

        Figures figures = run(
                LAST,
                plan,
                Traces.request(0, 1),
                Traces.request(1, 2),
                Traces.request(6, 3),
                Traces.request(7, 4),
                Traces.request(8, 5));

        assertThat(figures.joined()).hasSize(1);
        assertThat(figures.joined().get(0)).isCloseTo(3, EXACT);
        assertThat(figures.requests()).isCloseTo(3, EXACT);
    }

    @Test
    void strategy_ofOneRequest_isToldWhatARouterKnowsInItsOrder() {
        Told told = new Told();

        run(told, model(true, true), ONE, Traces.request(0, 1, 2), Traces.request(0.5, 1, 2));

        assertThat(told.events)
                .containsExactly(
                        "prepare request-0 at 0.0",
                        "select with 0 in flight",
                        "visit with 1 in flight",
                        "prepare request-1 at 0.5",
                        "select with 1 in flight",
                        "visit with 2 in flight",
                        "first byte at 2.0",
                        "first byte at 2.1",
                        "20 tokens, 0 cached",
                        "ended at 3.0",
                        "20 tokens, 20 cached",
                        "ended at 3.1");
    }

    @Test
    void strategy_unlessItIsSaid_knowsNeitherUsageNorCapacity() {
        Told told = new Told();

        run(told, model(false, false), ONE, Traces.request(0, 1, 2));

        assertThat(told.events).noneMatch(event -> event.contains("cached"));
        assertThat(told.capacity).isEmpty();
    }

    @Test
    void strategy_engineSaysItsCapacity_knowsIt() {
        Told told = new Told();

        run(told, model(true, false), ONE, Traces.request(0, 1, 2));

        assertThat(told.capacity).hasValue(1000);
    }

    @Test
    void strategy_knowsTheLatencyOfWholeResponses() {
        List<Double> known = new ArrayList<>();

        run(
                nodes -> context -> {
                    nodes.get(0).latency().ifPresent(known::add);
                    return nodes.get(0);
                },
                ONE,
                Traces.request(0, 1, 2),
                Traces.request(2.5, 3),
                Traces.request(3.5, 4));

        assertThat(known)
                .hasSize(1)
                .first()
                .satisfies(latency -> assertThat(latency).isCloseTo(3, EXACT));
    }

    @Test
    void cache_ofAnEngine_holdsAsManyBlocksAsItsTokens() {
        TraceRequest[] twice = IntStream.range(0, 202)
                .mapToObj(i -> Traces.request(100 * i, i % 101))
                .toArray(TraceRequest[]::new);

        assertThat(run(FIRST, ONE, twice).hits()).isZero();
        twice[100] = Traces.request(10_000, 0);
        assertThat(run(FIRST, ONE, twice).hits()).isPositive();
    }

    @Test
    void strategy_choosesAnotherNode_isNamed() {
        FakeNode other = FakeNode.fleet(1).get(0);

        assertThatIllegalStateException()
                .isThrownBy(() -> run(nodes -> context -> other, ONE, Traces.request(0, 1)))
                .withMessageContaining("selected " + other);
    }

    private static Figures run(RoutingStrategy strategy, FleetPlan plan, TraceRequest... requests) {
        return run(strategy, model(true, false), plan, requests);
    }

    private static Figures run(RoutingStrategy strategy, EngineModel model, FleetPlan plan, TraceRequest... requests) {
        return new Simulation(Traces.of(requests), model, plan, strategy, () -> {})
                .run()
                .figures(plan.engines());
    }

    private static EngineModel model(boolean saysCapacity, boolean saysUsage) {
        return new EngineModel(10, Duration.ofMillis(10), 100, Traces.BLOCK_TOKENS, saysCapacity, saysUsage);
    }

    /** Notes what it is told, and selects the first node. */
    private static final class Told implements RoutingStrategy {
        private final List<String> events = new ArrayList<>();
        private OptionalLong capacity = OptionalLong.empty();

        @Override
        public Selector selectorFor(List<? extends Node> nodes) {
            capacity = nodes.get(0).cacheTokens();
            return new Selector() {
                @Override
                public void prepare(RoutingContext context) {
                    events.add("prepare " + context.requestId() + " at " + seconds(context.nanoTime()));
                }

                @Override
                public Node select(RoutingContext context) {
                    events.add("select with " + nodes.get(0).inFlight() + " in flight");
                    return nodes.get(0);
                }
            };
        }

        @Override
        public SelectionObserver observer(RoutingContext context, Node node) {
            events.add("visit with " + node.inFlight() + " in flight");
            return new SelectionObserver() {
                @Override
                public void firstByte(long nanoTime) {
                    events.add("first byte at " + seconds(nanoTime));
                }

                @Override
                public void counted(Usage usage) {
                    events.add(usage.promptTokens() + " tokens, "
                            + usage.cachedTokens().orElseThrow() + " cached");
                }

                @Override
                public void ended(long nanoTime) {
                    events.add("ended at " + seconds(nanoTime));
                }
            };
        }

        private static double seconds(long nanoTime) {
            return nanoTime / 1e9;
        }
    }
}
