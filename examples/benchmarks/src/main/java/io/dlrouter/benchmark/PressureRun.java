package io.dlrouter.benchmark;

import io.dlrouter.simulator.Fault;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;

/** Four engines that all response 429, first with a {@code Retry-After} and then without one. */
final class PressureRun {
    private final Gateway.Program program;
    private final int seconds;
    private final int clients;

    PressureRun(Gateway.Program program, int seconds, int clients) {
        this.program = program;
        this.seconds = seconds;
        this.clients = clients;
    }

    boolean run() throws Exception {
        Figures figures = new Figures();
        load("429 with Retry-After", Fault.status(429).retryAfter("1"), figures);
        load("429 without", Fault.status(429), figures);
        return figures.met();
    }

    private void load(String what, Fault fault, Figures figures) throws Exception {
        try (Engines engines = Engines.start(4, 1, Duration.ZERO, Duration.ZERO);
                Gateway gateway = program.start(
                        Map.of("backend", "vllm", "node_urls", engines.urls(), "health_check_interval", "3600s"))) {
            gateway.await("/ready");
            engines.list().forEach(engine -> engine.inject(fault));
            long before = engines.requests();
            Clients load = new Clients(gateway.port(), 1);
            load.run(clients, Duration.ofSeconds(seconds));
            report(what, load.outcomes(), engines.requests() - before, figures);
        }
    }

    private static void report(String what, Collection<Outcome> outcomes, long atEngines, Figures figures) {
        double extra = (double) atEngines / outcomes.size() - 1;
        figures.figure(what + ": requests of clients", outcomes.size());
        Outcome.texts(outcomes).forEach((text, count) -> figures.figure(what + ": " + text, count));
        figures.target(what + ": extra load at the engines", "%.3f".formatted(extra), "<= 0.2", extra <= 0.2);
        figures.none(
                what + ": answers without Retry-After",
                Outcome.count(outcomes, outcome -> outcome.header("retry-after").isEmpty()));
    }
}
