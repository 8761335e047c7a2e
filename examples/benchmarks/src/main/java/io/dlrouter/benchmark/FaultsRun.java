package io.dlrouter.benchmark;

import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngineBuilder;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/**
 * Nodes that fail in ways that nothing tells of: one that nobody can connect to, one that never responses, one that stops
 * after its headers, one that trickles, and one that resets idle connections; beside them three that are sound.
 */
final class FaultsRun {
    private static final int TOKENS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Gateway.Program program;
    private final int seconds;
    private final int clients;
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();

    FaultsRun(Gateway.Program program, int seconds, int clients) {
        this.program = program;
        this.seconds = seconds;
        this.clients = clients;
    }

    boolean run() throws Exception {
        try (BlackHole hole = new BlackHole();
                Engines mute = faulty("mute", Fault.hangBeforeHeaders());
                Engines stopping = faulty("stops after its headers", Fault.hangAfterHeaders());
                Engines trickling = faulty("trickles", Fault.trickle(Duration.ofSeconds(1)));
                Engines resetting = Engines.start(
                        1,
                        engine -> paced(engine)
                                .keepAlive(Duration.ofMillis(50))
                                .resetsIdle()
                                .name("resets"));
                Engines sound = Engines.start(3, engine -> paced(engine).name("sound"));
                Gateway gateway = program.start(Map.of(
                        "backend", "vllm",
                        "node_urls",
                                String.join(
                                        ",",
                                        mute.urls(),
                                        stopping.urls(),
                                        trickling.urls(),
                                        resetting.urls(),
                                        sound.urls()),
                        "connect_timeout", "1s",
                        "first_byte_timeout", "2s",
                        "stream_idle_timeout", "2s",
                        "request_timeout", "5s"))) {
            gateway.awaitThat("7 nodes", () -> gateway.nodes().split("\"ready\"", -1).length == 8);
            gateway.tell("/nodes/add", "{\"url\":\"" + hole.url() + "\",\"status\":{\"models\":[\"demo\"]}}");
            long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
            Clients.runEach(clients, Duration.ofSeconds(seconds + 60L), client -> send(gateway.port(), client, end));
            return report(gateway);
        }
    }

    private static Engines faulty(String name, Fault fault) {
        Engines engine = Engines.start(1, builder -> paced(builder).name(name));
        engine.get(0).inject(fault);
        return engine;
    }

    private static SimulatedEngineBuilder paced(SimulatedEngineBuilder engine) {
        return engine.tokens(TOKENS).timeToFirstToken(Duration.ofMillis(20)).timePerToken(Duration.ofMillis(10));
    }

    private void send(int port, int number, long end) {
        try (Client client = new Client(port, Duration.ofSeconds(60))) {
            for (int i = number; System.nanoTime() < end; i++) {
                long start = System.nanoTime();
                outcomes.add(client.send(
                        new Chat(i % 2 == 1, TOKENS), start, bytes -> System.nanoTime() - start < PATIENCE.toNanos()));
            }
        }
    }

    private boolean report(Gateway gateway) throws Exception {
        Figures figures = new Figures();
        figures.endings(outcomes);
        byEngine(outcomes, figures);
        Predicate<Outcome> left = outcome -> outcome.is(Ending.LEFT);
        Predicate<Outcome> plain = outcome -> !outcome.streamed();
        longest("longest plain request, ms", plain, 7_000, figures);
        longest(
                "longest stream, those that talk on left out, ms",
                plain.or(left).negate(),
                10_000,
                figures);
        figures.figure("share whole", Figures.share(Outcome.count(outcomes, o -> o.is(Ending.WHOLE)), outcomes.size()));
        gateway.awaitThat("nothing counted", () -> gateway.unfinished() == 0);
        return figures.met();
    }

    private void longest(String what, Predicate<Outcome> which, int limitMillis, Figures figures) {
        double longest = Outcome.percentile(outcomes, which, 100);
        figures.target(what, Math.round(longest), "< " + limitMillis, longest < limitMillis);
    }

    private static void byEngine(Collection<Outcome> outcomes, Figures figures) {
        outcomes.stream()
                .map(Outcome::engine)
                .distinct()
                .sorted()
                .forEach(engine -> figures.figure(
                        engine.isEmpty() ? "answered by no engine" : "answered by the one that is: " + engine,
                        Outcome.texts(outcomes.stream()
                                .filter(o -> o.engine().equals(engine))
                                .toList())));
    }
}
