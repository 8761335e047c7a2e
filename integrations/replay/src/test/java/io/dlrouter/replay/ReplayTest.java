package io.dlrouter.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.replay.FleetPlan.Restart;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** The real strategies on a real trace. */
class ReplayTest {
    private static final EngineModel MODEL = new EngineModel(8000, Duration.ofMillis(50), 3000, 512, true, false);
    private static final FleetPlan EIGHT = new FleetPlan(8, List.of(), List.of());
    private static final Duration LIMIT = Duration.ofSeconds(2);

    @Test
    void run_roundRobinOnTheConversation_isWhereOtherSimulationsAre() throws Exception {
        Trace trace = Trace.read(Traces.conversation(), 512).spread(1);

        Figures figures =
                run(new Replay(trace, MODEL, EIGHT, 1), "round_robin").get(0).figures();

        assertThat(figures.hits()).isBetween(0.08, 0.1);
        assertThat(figures.firstBytes().mean()).isBetween(2.9, 3.15);
        assertThat(figures.firstBytes().within(2)).isBetween(0.56, 0.6);
        assertThat(figures.requests()).isBetween(1.0, 1.001);
    }

    @Test
    void run_consistentHash_findsMoreInTheCaches() throws Exception {
        List<ReportRow> rows = run(new Replay(sample(), MODEL, EIGHT, 1), "round_robin", "consistent_hash");

        assertThat(rows).extracting(ReportRow::strategy).containsExactly("round_robin", "consistent_hash");
        assertThat(rows.get(1).figures().hits())
                .isGreaterThan(2 * rows.get(0).figures().hits());
        assertThat(rows).allMatch(row -> row.decisions().mean() > 0);
    }

    @Test
    void run_twice_isTheSame() throws Exception {
        FleetPlan plan =
                new FleetPlan(8, List.of(Duration.ofSeconds(60)), List.of(new Restart(3, Duration.ofSeconds(100))));
        Replay replay = new Replay(sample(), MODEL, plan, 7);

        String[] all = replay.strategies().toArray(String[]::new);

        List<ReportRow> once = run(replay, all);
        List<ReportRow> again = run(new Replay(sample(), MODEL, plan, 7), all);

        assertThat(again)
                .extracting(ReportRow::figures)
                .isEqualTo(once.stream().map(ReportRow::figures).toList());
    }

    @Test
    void run_listener_isToldOfEveryRequestOfEveryStrategy() throws Exception {
        LongAdder placed = new LongAdder();

        new Replay(sample(), MODEL, EIGHT, 1).run(List.of("round_robin", "random"), LIMIT, placed::increment);

        assertThat(placed.sum()).isEqualTo(2000);
    }

    @Test
    void run_unknownStrategy_isAnErrorThatListsThoseThereAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(new Replay(sample(), MODEL, EIGHT, 1), "best"))
                .withMessageStartingWith("strategies: best (expected: consistent_hash, min_expected_latency, ");
    }

    @Test
    void run_noStrategy_isAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(new Replay(sample(), MODEL, EIGHT, 1)))
                .withMessage("strategies: none (expected: one or more)");
    }

    @Test
    void plan_restartOfAnEngineThatNeverIs_isAnError() {
        Restart restart = new Restart(2, Duration.ZERO);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FleetPlan(1, List.of(Duration.ofSeconds(1)), List.of(restart)))
                .withMessage("restart: engine 2 (expected: one of 0 to 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FleetPlan(0, List.of(), List.of()))
                .withMessage("engines: 0 and 0 to join (expected: 1 or more, and 10000 in all at most)");
    }

    @Test
    void model_ofNothing_isAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EngineModel(0, Duration.ZERO, 1, 1, true, false))
                .withMessage("prefill_rate: 0 (expected: 1 or more)");
    }

    private static Trace sample() throws Exception {
        return Trace.read(Traces.sample(), 512).spread(1);
    }

    private static List<ReportRow> run(Replay replay, String... strategies) throws Exception {
        return replay.run(List.of(strategies), LIMIT, () -> {}).rows();
    }
}
