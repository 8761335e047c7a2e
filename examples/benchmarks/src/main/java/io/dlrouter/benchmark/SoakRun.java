package io.dlrouter.benchmark;

import io.dlrouter.simulator.SimulatedEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Many streams for a long time, over engines that fail and before clients that do as they like. Now and then the load
 * pauses until nothing is open, and what the gateway still holds on to is measured.
 */
final class SoakRun {
    private static final int ROUNDS = 4;
    private static final int TOKENS = 15;
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final Gateway.Program program;
    private final Duration round;
    private final int clients;
    private final long seed;
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();

    SoakRun(Gateway.Program program, Duration time, int clients, long seed) {
        this.program = program;
        this.round = time.dividedBy(ROUNDS);
        this.clients = clients;
        this.seed = seed;
    }

    /** What was measured in one pause. */
    private record Pause(Footprint footprint, long unfinished) {}

    boolean run() throws Exception {
        System.out.println("seed " + seed);
        try (Engines engines = Engines.start(6, TOKENS, Duration.ofMillis(100), Duration.ofMillis(200));
                Gateway gateway = program.start(Map.of(
                        "backend", "vllm",
                        "node_urls", engines.urls(),
                        "health_check_interval", "1s",
                        "connect_timeout", "1s",
                        "first_byte_timeout", "3s",
                        "stream_idle_timeout", "3s",
                        "request_timeout", "10s"))) {
            gateway.awaitThat("6 nodes", () -> gateway.nodes().split("\"ready\"", -1).length == 7);
            Table table = new Table(
                    "pause",
                    "heap, KiB",
                    "threads",
                    "serving",
                    "sockets to nodes",
                    "to clients",
                    "unfinished",
                    "requests",
                    "whole");
            List<Pause> pauses = new ArrayList<>();
            for (int number = 1; number <= ROUNDS; number++) {
                live(number, engines, gateway.port());
                Pause pause = pause(gateway, engines);
                pauses.add(pause);
                print(table, number, pause);
            }
            return judge(pauses.get(1), pauses.get(ROUNDS - 1), engines);
        }
    }

    private void live(int number, Engines engines, int port) throws Exception {
        long end = System.nanoTime() + round.toNanos();
        Mischief mischief = new Mischief(engines, new Random(seed + number));
        try {
            Clients.runEach(
                    clients,
                    round.plusSeconds(120),
                    client -> live(end, port, new Random(seed + number * 1_000_003L + client)));
        } finally {
            mischief.end();
        }
    }

    private void live(long end, int port, Random random) throws InterruptedException {
        try (Client client = new Client(port, SILENCE)) {
            while (System.nanoTime() < end) {
                switch (random.nextInt(10)) {
                    case 0 -> rubbish(port, Mutant.of(random.nextLong()).bytes(), random);
                    case 1 -> rubbish(port, new Chat(true, TOKENS).request(), random);
                    case 2 -> outcomes.add(client.send(new Chat(true, TOKENS), System.nanoTime(), leaving(random)));
                    case 3 -> outcomes.add(client.send(new Chat(true, TOKENS), System.nanoTime(), dawdling(random)));
                    case 4 -> outcomes.add(client.send(new Chat(false, TOKENS)));
                    default -> outcomes.add(client.send(new Chat(true, TOKENS)));
                }
            }
        }
    }

    /** Sends something and leaves soon, whatever comes. */
    private static void rubbish(int port, byte[] bytes, Random random) throws InterruptedException {
        try (Wire wire = new Wire(port, SILENCE)) {
            wire.send(bytes);
            TimeUnit.MILLISECONDS.sleep(random.nextInt(1500));
            if (random.nextBoolean()) {
                wire.reset();
            }
        } catch (IOException refused) {
            // as rubbish deserves
        }
    }

    private static Client.Patience leaving(Random random) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(3000));
        return bytes -> System.nanoTime() < end;
    }

    private static Client.Patience dawdling(Random random) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        return bytes -> {
            if (System.nanoTime() < end) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(400)));
            }
            return true;
        };
    }

    private static Pause pause(Gateway gateway, Engines engines) throws Exception {
        Set<Integer> ports = engines.list().stream().map(SimulatedEngine::port).collect(Collectors.toSet());
        Pause pause = measure(gateway, ports);
        for (int i = 0; i < 20 && !isQuiet(pause, ports.size()); i++) {
            TimeUnit.SECONDS.sleep(1);
            pause = measure(gateway, ports);
        }
        return pause;
    }

    private static Pause measure(Gateway gateway, Set<Integer> ports) throws Exception {
        return new Pause(Footprint.of(gateway, ports), gateway.unfinished());
    }

    /** Each node may have the connection of a probe. */
    private static boolean isQuiet(Pause pause, int nodes) {
        Footprint held = pause.footprint();
        return pause.unfinished() == 0 && held.serving() == 0 && held.toClients() == 0 && held.toNodes() <= nodes;
    }

    private void print(Table table, int number, Pause pause) {
        Footprint held = pause.footprint();
        table.row(
                number,
                held.heap() / 1024,
                held.threads(),
                held.serving(),
                held.toNodes(),
                held.toClients(),
                pause.unfinished(),
                outcomes.size(),
                Outcome.count(outcomes, outcome -> outcome.is(Ending.WHOLE)));
    }

    private boolean judge(Pause second, Pause last, Engines engines) {
        Figures figures = new Figures();
        figures.endings(outcomes);
        double heap = (double) last.footprint().heap() / second.footprint().heap();
        double threads =
                (double) last.footprint().threads() / second.footprint().threads();
        figures.target("heap, last pause / second", "%.3f".formatted(heap), "<= 1.2", heap <= 1.2);
        figures.target("threads, last pause / second", "%.3f".formatted(threads), "<= 1.2", threads <= 1.2);
        figures.target(
                "nothing left",
                last,
                "no count, thread or socket",
                isQuiet(last, engines.list().size()));
        figures.none("not whole though ended in good order", Outcome.count(outcomes, o -> o.is(Ending.UNSOUND)));
        List<String> violations = engines.violations();
        figures.target("requests that no engine may see", violations, "none", violations.isEmpty());
        return figures.met();
    }
}
