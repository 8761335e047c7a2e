package io.dlrouter.benchmark;

import io.dlrouter.simulator.SimulatedEngine;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/** Eight engines under load, each of which is in its turn drained, stopped, restarted and added again. */
final class RollingRun {
    private static final int TOKENS = 20;

    private final Gateway.Program program;
    private final int seconds;
    private final int clients;

    RollingRun(Gateway.Program program, int seconds, int clients) {
        this.program = program;
        this.seconds = seconds;
        this.clients = clients;
    }

    boolean run() throws Exception {
        ExecutorService background = Executors.newSingleThreadExecutor();
        try (Engines engines = Engines.start(8, TOKENS, Duration.ofMillis(60), Duration.ofMillis(25));
                Gateway gateway = program.start(Map.of("backend", "vllm", "node_urls", engines.urls()))) {
            gateway.await("/ready");
            Clients load = new Clients(gateway.port(), TOKENS);
            CompletableFuture<Void> loaded = CompletableFuture.runAsync(() -> run(load), background);
            int restarts = 0;
            while (!loaded.isDone()) {
                restart(engines.get(restarts % 8), gateway);
                restarts++;
            }
            loaded.get();
            Figures figures = new Figures();
            figures.figure("restarts of an engine", restarts);
            figures.endings(load.outcomes());
            figures.none("not whole", Outcome.count(load.outcomes(), outcome -> !outcome.is(Ending.WHOLE)));
            figures.none("requests still counted by the gateway", gateway.unfinished());
            return figures.met();
        } finally {
            background.shutdownNow();
        }
    }

    private void run(Clients load) {
        try {
            load.run(clients, Duration.ofSeconds(seconds));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void restart(SimulatedEngine engine, Gateway gateway) throws Exception {
        String named = "{\"url\":\"" + engine.url() + "\"}";
        gateway.tell("/nodes/drain", named);
        gateway.awaitThat(engine + " is drained", () -> !gateway.nodes().contains(engine.url()));
        engine.stop();
        engine.restart();
        gateway.tell("/nodes/add", named);
        Pattern ready = Pattern.compile(Pattern.quote("\"" + engine.url() + "\":{") + "[^}]*\"state\":\"ready\"");
        gateway.awaitThat(
                engine + " is ready", () -> ready.matcher(gateway.nodes()).find());
    }
}
