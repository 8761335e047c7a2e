package io.dlrouter.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.replay.FleetPlan.Restart;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code prefix_cache} is worth on the public conversation trace, beside others and in any case. */
class PrefixCacheReplayTest {
    private static final List<String> COMPARED =
            List.of("round_robin", "prefix_cache{prefix_cache_tokens=0}", "prefix_cache");
    private static final FleetPlan EIGHT = new FleetPlan(8, List.of(), List.of());
    private static final Duration LIMIT = Duration.ofSeconds(2);

    @Test
    void conversation_asRecorded_meetsTheTargets() {
        assertMeetsTheTargets(1);
    }

    @Tag("thorough")
    @ParameterizedTest
    @ValueSource(longs = {2, 3})
    void conversation_otherSeeds_meetsTheTargets(long seed) {
        assertMeetsTheTargets(seed);
    }

    private static void assertMeetsTheTargets(long seed) {
        Outcome outcome = replay(conversation().spread(seed), 3000, EIGHT, seed);

        assertThat(outcome.indexed.hits()).isGreaterThanOrEqualTo(0.26);
        assertThat(outcome.indexed.firstBytes().mean())
                .isLessThanOrEqualTo(0.4 * outcome.roundRobin.firstBytes().mean());
        assertThat(outcome.indexed.firstBytes().within(2)).isGreaterThanOrEqualTo(0.83);
        assertThat(outcome.indexed.busy()).isLessThanOrEqualTo(1.15);
        assertOrderOfMerit(outcome);
    }

    @Tag("thorough")
    @Test
    void conversation_otherRatesAndSmallerCaches_hasTheSameOrderOfMerit() throws Exception {
        Trace trace = conversation().spread(1);

        assertOrderOfMerit(replay(trace.rate(0.5), 3000, EIGHT, 1));
        assertOrderOfMerit(replay(trace.rate(1.3), 3000, EIGHT, 1));
        assertOrderOfMerit(replay(trace, 1000, EIGHT, 1));
    }

    @Tag("thorough")
    @Test
    void conversation_allPromptsShareTheirFirstHalf_isStillBalanced() throws Exception {
        Outcome outcome = replay(conversation().spread(1).sharingFirstHalf(), 3000, EIGHT, 1);

        assertThat(outcome.indexed.requests()).isLessThanOrEqualTo(1.3);
        assertOrderOfMerit(outcome);
    }

    @Tag("thorough")
    @Test
    void conversation_engineJoinsEmpty_isNeitherStarvedNorFlooded() throws Exception {
        FleetPlan plan = new FleetPlan(8, List.of(Duration.ofMinutes(20)), List.of());

        assertThat(replay(conversation().spread(1), 3000, plan, 1).indexed.joined())
                .singleElement()
                .satisfies(share -> assertThat(share).isBetween(0.75, 1.25));
    }

    @Tag("thorough")
    @Test
    void conversation_engineLosesItsCache_isOrderedTheSame() throws Exception {
        FleetPlan plan = new FleetPlan(8, List.of(), List.of(new Restart(0, Duration.ofMinutes(20))));

        assertOrderOfMerit(replay(conversation().spread(1), 3000, plan, 1));
    }

    private static void assertOrderOfMerit(Outcome outcome) {
        assertThat(outcome.indexed.firstBytes().mean())
                .isLessThanOrEqualTo(outcome.unindexed.firstBytes().mean());
        assertThat(outcome.unindexed.firstBytes().mean())
                .isLessThan(outcome.roundRobin.firstBytes().mean());
    }

    /** What came of the three. */
    private record Outcome(Figures roundRobin, Figures unindexed, Figures indexed) {}

    private static Outcome replay(Trace trace, int cacheBlocks, FleetPlan plan, long seed) {
        EngineModel model = new EngineModel(8000, Duration.ofMillis(50), cacheBlocks, 512, true, false);
        try {
            List<Figures> figures = new Replay(trace, model, plan, seed)
                    .run(COMPARED, LIMIT, () -> {}).rows().stream()
                            .map(ReportRow::figures)
                            .toList();
            return new Outcome(figures.get(0), figures.get(1), figures.get(2));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Trace conversation() {
        try {
            return Trace.read(Traces.conversation(), 512);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
