package io.dlrouter.benchmark;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.function.Predicate;

/** Four engines that may each have eight requests at once, under twice the load that they can bear. */
final class OverloadRun {
    private static final int IN_FLIGHT = 8;
    private static final Duration ANSWER = Duration.ofMillis(200);
    private static final int CAPACITY = (int) (4 * IN_FLIGHT * 1000 / ANSWER.toMillis());
    private static final Duration WARM_UP = Duration.ofSeconds(10);

    private final Gateway.Program program;
    private final int seconds;

    OverloadRun(Gateway.Program program, int seconds) {
        this.program = program;
        this.seconds = seconds;
    }

    boolean run() throws Exception {
        try (Engines engines = Engines.start(4, 1, ANSWER, Duration.ZERO);
                Gateway gateway = program.start(Map.of(
                        "backend", "vllm",
                        "node_urls", engines.urls(),
                        "node_max_in_flight", Integer.toString(IN_FLIGHT),
                        "queue_size", "32",
                        "queue_timeout", "10s"));
                OpenLoop load = new OpenLoop(gateway.port(), 1)) {
            gateway.awaitThat("4 nodes", () -> gateway.nodes().split("\"ready\"", -1).length == 5);
            load.run(2 * CAPACITY, WARM_UP, System.nanoTime());
            long begin = System.nanoTime();
            return report(load.run(2 * CAPACITY, Duration.ofSeconds(seconds), begin), begin);
        }
    }

    private boolean report(Collection<Outcome> outcomes, long begin) {
        long end = begin + Duration.ofSeconds(seconds).toNanos();
        Predicate<Outcome> rejected =
                outcome -> outcome.head().filter(head -> head.status() == 429).isPresent();
        long whole =
                Outcome.count(outcomes, outcome -> outcome.is(Ending.WHOLE) && outcome.due() + outcome.nanos() < end);
        double goodput = (double) whole / seconds;
        double slowest = Outcome.percentile(outcomes, rejected, 100);
        Figures figures = new Figures();
        figures.endings(outcomes);
        figures.target(
                "whole answers/s, capacity " + CAPACITY,
                "%.1f".formatted(goodput),
                ">= 95 %",
                goodput >= 0.95 * CAPACITY);
        long rejections = Outcome.count(outcomes, rejected);
        figures.target("rejected with 429", rejections, "some", rejections > 0);
        figures.target("rejections, p50 / p99 / max, ms", Outcome.millis(outcomes, rejected), "< 5", slowest < 5);
        figures.none(
                "rejections without Retry-After",
                Outcome.count(
                        outcomes,
                        rejected.and(outcome -> outcome.header("retry-after").isEmpty())));
        figures.none(
                "neither whole nor rejected",
                Outcome.count(outcomes, rejected.negate().and(outcome -> !outcome.is(Ending.WHOLE))));
        return figures.met();
    }
}
