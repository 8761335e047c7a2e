package io.dlrouter.benchmark;

import io.dlrouter.simulator.Fault;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Four engines of which one fails at once while the others take their time: its speed must not draw the load to it. */
final class FastFailureRun {
    private final Gateway.Program program;
    private final int seconds;
    private final int clients;

    FastFailureRun(Gateway.Program program, int seconds, int clients) {
        this.program = program;
        this.seconds = seconds;
        this.clients = clients;
    }

    /** How many requests the broken engine and all engines have received. */
    private record Received(long broken, long all) {
        static Received of(Engines engines) {
            return new Received(engines.get(0).requestCount(), engines.requests());
        }

        Received since(Received earlier) {
            return new Received(broken - earlier.broken, all - earlier.all);
        }
    }

    boolean run() throws Exception {
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        try (Engines engines = Engines.start(4, 1, Duration.ofMillis(200), Duration.ZERO);
                Gateway gateway = program.start(
                        Map.of("backend", "vllm", "node_urls", engines.urls(), "health_check_interval", "3600s"))) {
            gateway.awaitThat("4 nodes", () -> gateway.nodes().split("\"ready\"", -1).length == 5);
            engines.get(0).inject(Fault.status(500));
            Received before = Received.of(engines);
            Future<Received> afterSecond = clock.schedule(() -> Received.of(engines), 1, TimeUnit.SECONDS);
            Clients load = new Clients(gateway.port(), 1);
            load.run(clients, Duration.ofSeconds(seconds));
            Received first = afterSecond.get().since(before);
            Received later = Received.of(engines).since(afterSecond.get());
            Figures figures = new Figures();
            figures.endings(load.outcomes());
            figures.figure("at the broken engine, first second", Figures.share(first.broken(), first.all()));
            figures.shareBelow("at the broken engine, after it", later.broken(), later.all(), 2);
            return figures.met();
        } finally {
            clock.shutdownNow();
        }
    }
}
