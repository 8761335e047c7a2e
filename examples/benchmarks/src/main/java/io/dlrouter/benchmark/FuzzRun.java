package io.dlrouter.benchmark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Requests of which something is wrong, over many connections at once, while another asks for the gateway's health. What
 * goes wrong is written to a file, one line each: the seed, what came, and the request's bytes in hexadecimal.
 */
final class FuzzRun {
    private static final int THREADS = 32;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofHours(1);
    private static final List<String> STRATEGIES = List.of("consistent_hash", "min_expected_latency");

    private final Gateway.Program program;
    private final int requests;
    private final long seed;
    private final Path failures;
    private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Figures figures = new Figures();

    /** @param seed that of the first request; each further one has the next */
    FuzzRun(Gateway.Program program, int requests, long seed, Path failures) {
        this.program = program;
        this.requests = requests;
        this.seed = seed;
        this.failures = failures;
    }

    boolean run() throws Exception {
        Files.deleteIfExists(failures);
        figures.figure("seed", seed);
        for (int part = 1; part <= STRATEGIES.size(); part++) {
            int share = requests / STRATEGIES.size();
            run(STRATEGIES.get(part - 1), share * (part - 1), share * part);
        }
        return figures.met();
    }

    private void run(String strategy, int begin, int end) throws Exception {
        try (Engines engines = Engines.start(2, engine -> engine.tokens(1).recordLast(200));
                Gateway gateway = program.start(
                        Map.of("backend", "vllm", "node_urls", engines.urls(), "routing_strategy", strategy))) {
            gateway.awaitThat("2 nodes", () -> gateway.nodes().split("\"ready\"", -1).length == 3);
            counts.clear();
            wrong.clear();
            long start = System.nanoTime();
            try (HealthWatch health = new HealthWatch(gateway.port())) {
                AtomicInteger next = new AtomicInteger(begin);
                Clients.runEach(THREADS, LIMIT, client -> send(next, end, gateway.port()));
                report(strategy);
                reportHealth(strategy, health.outcomes(), start);
            }
            gateway.awaitThat("nothing counted", () -> gateway.unfinished() == 0);
            figures.figure(strategy + ": requests still counted", 0);
            reportViolations(strategy, engines.violations());
            try (Client client = new Client(gateway.port(), Duration.ofSeconds(10))) {
                Outcome last = client.send(new Chat(true, 1));
                figures.target(strategy + ": a sound request at the end", last.text(), "whole", last.is(Ending.WHOLE));
            }
        }
    }

    private void send(AtomicInteger next, int end, int port) throws Exception {
        for (int i = next.getAndIncrement(); i < end; i = next.getAndIncrement()) {
            keep(FuzzExchange.of(Mutant.of(seed + i), port));
        }
    }

    private void keep(FuzzExchange exchange) {
        counts.computeIfAbsent(exchange.text(), none -> new LongAdder()).increment();
        if (exchange.wrong()) {
            wrong.add(exchange.line());
        }
    }

    private void report(String strategy) throws Exception {
        counts.forEach((text, count) -> figures.figure(strategy + ": " + text, count));
        Files.write(failures, wrong, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        figures.none(strategy + ": wrong, see " + failures, wrong.size());
    }

    /** A gateway that has only just started responses slowly for other reasons. */
    private void reportHealth(String strategy, Collection<Outcome> health, long begin) {
        Predicate<Outcome> warm = outcome -> !outcome.sentWithin(begin, WARM_UP);
        double slowest = Outcome.percentile(health, warm, 100);
        figures.none(
                strategy + ": /health not answered with 200",
                Outcome.count(health, outcome -> !outcome.is(Ending.WHOLE)));
        figures.target(
                strategy + ": /health after the first 10 s, p50 / p99 / max, ms",
                Outcome.millis(health, warm),
                "< 50",
                slowest < 50);
    }

    private void reportViolations(String strategy, List<String> violations) throws Exception {
        figures.none(strategy + ": requests that no engine may see", violations.size());
        Files.write(failures, violations, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
