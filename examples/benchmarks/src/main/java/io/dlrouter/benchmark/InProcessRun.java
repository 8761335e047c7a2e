package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.okhttp.RouterInterceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;

/**
 * What a request costs a JVM service by an OkHttp client at the engine itself, by the same client through a router in
 * its process, and through a gateway: in turns, a slice of time each, beside each other in one run. Prints what it found
 * as Markdown, and exits with 1 when a target was missed. Arguments: the gateway's jar, seconds for each way, clients.
 */
public final class InProcessRun {
    private static final Duration SLICE = Duration.ofSeconds(1);
    private static final int BODY = 2048;
    private static final double MOST_CPU = 1.15;
    private static final int COLD_STARTS = 7;
    private static final long MOST_COLD_MILLIS = 300;

    private final Gateway.Program program;
    private final int rounds;
    private final int clients;
    private final Table table =
            new Table("what", "way", "CPU a request, µs", "of direct", "p50, ms", "p99, ms", "requests");
    private boolean met = true;

    private InProcessRun(Gateway.Program program, int rounds, int clients) {
        this.program = program;
        this.rounds = rounds;
        this.clients = clients;
    }

    public static void main(String[] arguments) throws Exception {
        InProcessRun run = new InProcessRun(
                Gateway.Program.jar(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        run.measure("plain, 2 KiB", chat(false), new EngineProcess(1, "0ms", "0ms"));
        run.measure("stream of 50 chunks", chat(true), new EngineProcess(50, "1ms", "1ms"));
        run.coldStart();
        System.exit(run.met ? 0 : 1);
    }

    private static byte[] chat(boolean streamed) {
        String head = "{\"model\":\"demo\",\"stream\":" + streamed + ",\"messages\":[{\"role\":\"user\",\"content\":\"";
        String tail = "\"}]}";
        return (head + "x".repeat(BODY - head.length() - tail.length()) + tail).getBytes(UTF_8);
    }

    private void measure(String what, byte[] chat, EngineProcess engine) throws Exception {
        try (engine;
                Gateway gateway = program.start(Map.of("backend", "vllm", "node_urls", engine.url()));
                Router router =
                        new RouterBuilder().backend("vllm").node(engine.url()).build()) {
            gateway.await("/ready");
            report(what, inTurns(ways(engine, gateway, router), chat));
        }
    }

    private List<Way> ways(EngineProcess engine, Gateway gateway, Router router) {
        ProcessHandle self = ProcessHandle.current();
        ProcessHandle other = ProcessHandle.of(gateway.pid()).orElseThrow();
        OkHttpClient client = new OkHttpClient.Builder()
                .connectionPool(new ConnectionPool(clients, 1, TimeUnit.MINUTES))
                .build();
        OkHttpClient routing =
                client.newBuilder().addInterceptor(RouterInterceptor.of(router)).build();
        return List.of(
                new Way("direct", client, engine.url(), List.of(self)),
                new Way("router in process", routing, "http://dlrouter", List.of(self)),
                new Way("gateway", client, gateway.url(), List.of(self, other)));
    }

    /** The first half of the rounds warms up and does not count. */
    private Map<Way, Tally> inTurns(List<Way> ways, byte[] chat) throws Exception {
        Map<Way, List<Tally>> slices = new LinkedHashMap<>();
        for (int round = 0; round < 2 * rounds; round++) {
            for (Way way : ways) {
                Tally slice = slice(way, chat);
                if (round >= rounds) {
                    slices.computeIfAbsent(way, first -> new ArrayList<>()).add(slice);
                }
            }
        }
        Map<Way, Tally> tallies = new LinkedHashMap<>();
        slices.forEach((way, parts) -> tallies.put(way, Tally.of(parts)));
        return tallies;
    }

    private Tally slice(Way way, byte[] chat) throws Exception {
        Queue<Long> nanos = new ConcurrentLinkedQueue<>();
        Duration before = way.cpu();
        long end = System.nanoTime() + SLICE.toNanos();
        Clients.runEach(clients, SLICE.plusSeconds(30), client -> {
            for (long begin = System.nanoTime(); begin < end; begin = System.nanoTime()) {
                way.send(chat);
                nanos.add(System.nanoTime() - begin);
            }
        });
        return new Tally(List.copyOf(nanos), way.cpu().minus(before));
    }

    private void report(String what, Map<Way, Tally> tallies) {
        double direct = tallies.values().iterator().next().cpuMicros();
        tallies.forEach((way, tally) -> {
            double times = tally.cpuMicros() / direct;
            table.row(
                    what,
                    way.name(),
                    text("%.1f", tally.cpuMicros()),
                    text("%.2f x", times),
                    text("%.2f", tally.millis(50)),
                    text("%.2f", tally.millis(99)),
                    tally.requests());
            met &= way.processes().size() > 1 || times <= MOST_CPU;
        });
    }

    private static String text(String format, double figure) {
        return String.format(Locale.ROOT, format, figure);
    }

    private void coldStart() throws Exception {
        try (EngineProcess engine = new EngineProcess(1, "0ms", "0ms")) {
            List<Long> millis = new ArrayList<>();
            for (int i = 0; i < COLD_STARTS; i++) {
                millis.add(ColdStart.inNewProcess(engine.url()));
            }
            millis.sort(null);
            long median = millis.get(COLD_STARTS / 2);
            System.out.println("\nRouter built and first request answered, ms after main began: " + millis
                    + " (median below " + MOST_COLD_MILLIS + ": " + (median < MOST_COLD_MILLIS ? "yes" : "NO") + ")");
            met &= median < MOST_COLD_MILLIS;
        }
    }
}
