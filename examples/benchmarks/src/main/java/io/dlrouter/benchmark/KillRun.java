package io.dlrouter.benchmark;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Eight engines under load, of which one is killed and comes back on its port. */
final class KillRun {
    private static final int TOKENS = 20;

    private final Gateway.Program program;
    private final int seconds;
    private final int clients;

    KillRun(Gateway.Program program, int seconds, int clients) {
        this.program = program;
        this.seconds = seconds;
        this.clients = clients;
    }

    boolean run() throws Exception {
        ScheduledExecutorService fate = Executors.newSingleThreadScheduledExecutor();
        try (Engines others = Engines.start(7, TOKENS, Duration.ofMillis(60), Duration.ofMillis(25));
                EngineProcess killed = new EngineProcess(TOKENS, "60ms", "25ms");
                Gateway gateway = program.start(Map.of(
                        "backend",
                        "vllm",
                        "node_urls",
                        others.urls() + "," + killed.url(),
                        "health_check_interval",
                        "1s"))) {
            gateway.awaitThat("8 nodes", () -> gateway.nodes().split("\"ready\"", -1).length == 9);
            Future<Long> death = fate.schedule(() -> die(killed), seconds / 4, TimeUnit.SECONDS);
            Future<Long> comeback = fate.schedule(() -> comeBack(killed), seconds / 2, TimeUnit.SECONDS);
            Clients load = new Clients(gateway.port(), TOKENS);
            load.run(clients, Duration.ofSeconds(seconds));
            return report(load.outcomes(), killed.name(), death.get(), comeback.get(), gateway.unfinished());
        } finally {
            fate.shutdownNow();
        }
    }

    private static long die(EngineProcess engine) throws InterruptedException {
        engine.kill();
        return System.nanoTime();
    }

    private static long comeBack(EngineProcess engine) throws Exception {
        engine.restart();
        return System.nanoTime();
    }

    private static boolean report(
            Collection<Outcome> outcomes, String killed, long death, long comeback, long unfinished) {
        Figures figures = new Figures();
        figures.endings(outcomes);
        long late = Outcome.count(outcomes, outcome -> outcome.is(Ending.TOLD) || outcome.is(Ending.TORN));
        long early = Outcome.count(outcomes, outcome -> outcome.ending().failedEarly());
        figures.shareBelow("failed before a first byte", early, outcomes.size() - late, 0.1);
        figures.none("streams broken off and not told so", count(outcomes, Ending.TORN, Outcome::streamed));
        figures.figure("plain answers broken off", count(outcomes, Ending.TORN, outcome -> !outcome.streamed()));
        figures.none("not whole though ended in good order", count(outcomes, Ending.UNSOUND, outcome -> true));
        figures.none("requests still counted by the gateway", unfinished);
        figures.figure("seconds from death to return", "%.1f".formatted((comeback - death) / 1e9));
        for (int second = 0; second < 10; second++) {
            long begin = comeback + TimeUnit.SECONDS.toNanos(second);
            Predicate<Outcome> now = outcome -> outcome.sentWithin(begin, Duration.ofSeconds(1));
            figures.figure(
                    "on the returned node, second " + (second + 1),
                    Figures.share(
                            Outcome.count(
                                    outcomes,
                                    now.and(outcome -> outcome.engine().equals(killed))),
                            Outcome.count(outcomes, now)));
        }
        return figures.met();
    }

    private static long count(Collection<Outcome> outcomes, Ending ending, Predicate<Outcome> which) {
        return Outcome.count(outcomes, which.and(outcome -> outcome.is(ending)));
    }
}
