package io.dlrouter.benchmark;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import io.dlrouter.simulator.SimulatedEngineBuilder;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Two prefill and two decode engines under the load of many clients. One of each role is killed and comes back: first
 * one, then the other, then both at once. Prints what became of the requests, and of the KV blocks of vLLM, the rooms of
 * SGLang or the sessions of LMDeploy, as Markdown. Arguments: the gateway's jar, the kind of engine, seconds, clients.
 */
public final class PrefillDecodeRun implements AutoCloseable {
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final int TOKENS = 20;

    private final EngineKind kind;
    private final List<SimulatedEngine> prefills;
    private final List<SimulatedEngine> decodes;
    private final ScheduledExecutorService fate = Executors.newSingleThreadScheduledExecutor();
    private final Table table = new Table("what", "figure");
    private final Gateway gateway;

    private PrefillDecodeRun(Gateway.Program program, EngineKind kind) throws Exception {
        this.kind = kind;
        Map<String, String> options =
                new HashMap<>(Map.of("backend", kind.name().toLowerCase(Locale.ROOT), "serving_strategy", "distserve"));
        if (kind == EngineKind.LMDEPLOY) {
            gateway = program.start(options);
            prefills = selfRegistering(SimulatedEngineBuilder::prefill);
            decodes = selfRegistering(SimulatedEngineBuilder::decode);
        } else {
            prefills = engines(SimulatedEngineBuilder::prefill);
            decodes = engines(SimulatedEngineBuilder::decode);
            options.putAll(Map.of("prefill_urls", urls(prefills), "decode_urls", urls(decodes)));
            gateway = program.start(options);
        }
        gateway.await("/ready");
    }

    private List<SimulatedEngine> selfRegistering(UnaryOperator<SimulatedEngineBuilder> role) {
        return engines(engine -> role.apply(engine).registerAt(gateway.url()).backend("lmdeploy"));
    }

    private List<SimulatedEngine> engines(UnaryOperator<SimulatedEngineBuilder> role) {
        return Stream.generate(() -> SimulatedEngine.builder(kind)
                        .model("demo")
                        .tokens(TOKENS)
                        .timeToFirstToken(Duration.ofMillis(20))
                        .timePerToken(Duration.ofMillis(5))
                        .kvLease(LEASE)
                        .recordLast(100))
                .limit(2)
                .map(engine -> role.apply(engine).start())
                .toList();
    }

    private static String urls(List<SimulatedEngine> engines) {
        return engines.stream().map(SimulatedEngine::url).collect(Collectors.joining(","));
    }

    public static void main(String[] arguments) throws Exception {
        EngineKind kind = EngineKind.valueOf(arguments[1].toUpperCase(Locale.ROOT));
        int seconds = Integer.parseInt(arguments[2]);
        int clients = Integer.parseInt(arguments[3]);
        try (PrefillDecodeRun run = new PrefillDecodeRun(Gateway.Program.jar(arguments[0]), kind)) {
            run.decideFates(seconds);
            Clients load = new Clients(run.gateway.port(), TOKENS);
            load.run(clients, Duration.ofSeconds(seconds));
            run.awaitLeases();
            run.print(load.outcomes(), seconds);
        }
    }

    private void decideFates(int seconds) {
        kill(prefills.get(0), seconds * 2 / 12, seconds * 3 / 12);
        kill(decodes.get(0), seconds * 5 / 12, seconds * 6 / 12);
        kill(prefills.get(1), seconds * 8 / 12, seconds * 9 / 12);
        kill(decodes.get(1), seconds * 8 / 12, seconds * 9 / 12);
    }

    private void kill(SimulatedEngine engine, int at, int backAt) {
        ScheduledFuture<?> unusedDeath = fate.schedule(engine::stop, at, TimeUnit.SECONDS);
        ScheduledFuture<?> unusedReturn = fate.schedule(engine::restart, backAt, TimeUnit.SECONDS);
    }

    private void awaitLeases() {
        if (kind == EngineKind.VLLM) {
            prefills.forEach(engine -> engine.awaitKv(kv -> kv.held() == 0, LEASE.multipliedBy(3)));
        } else if (kind == EngineKind.LMDEPLOY) {
            prefills.forEach(engine -> engine.awaitSessions(sessions -> sessions.alive() == 0, LEASE.multipliedBy(3)));
        }
    }

    private void print(Collection<Outcome> outcomes, int seconds) throws Exception {
        row("requests", outcomes.size());
        row("requests/s", outcomes.size() / seconds);
        Outcome.texts(outcomes).forEach(this::row);
        row("whole answers, p50, ms", Math.round(Outcome.percentile(outcomes, o -> o.is(Ending.WHOLE), 50)));
        row("whole answers, p99, ms", Math.round(Outcome.percentile(outcomes, o -> o.is(Ending.WHOLE), 99)));
        switch (kind) {
            case VLLM -> printBlocks();
            case SGLANG -> {
                printRooms("prefill", prefills);
                printRooms("decode", decodes);
            }
            case LMDEPLOY -> printSessions();
        }
        row("wrong steps seen by engines", violations());
        row("requests still counted by the gateway", gateway.unfinished());
    }

    private void printBlocks() {
        row("blocks issued", sum(prefills, engine -> engine.kv().issued()));
        row("blocks pulled", sum(prefills, engine -> engine.kv().pulled()));
        row("blocks expired", sum(prefills, engine -> engine.kv().expired()));
        row("blocks held at the end", sum(prefills, engine -> engine.kv().held()));
        row("blocks asked for twice", sum(prefills, engine -> engine.kv().doubleSpends()));
    }

    private void printSessions() {
        row("sessions issued", sum(prefills, engine -> engine.sessions().issued()));
        row(
                "sessions taken over by decode",
                sum(prefills, engine -> engine.sessions().adopted()));
        row("sessions given back", sum(prefills, engine -> engine.sessions().freed()));
        row(
                "sessions alive at the end",
                sum(prefills, engine -> engine.sessions().alive()));
        row(
                "sessions given back though taken over before",
                sum(prefills, engine -> engine.sessions().freedAgain()));
        row(
                "frees of sessions of an earlier life",
                sum(prefills, engine -> engine.sessions().freedStale()));
        row("handshakes", sum(prefills, engine -> engine.links().initialized()));
    }

    private void printRooms(String role, List<SimulatedEngine> engines) {
        row(role + ": rooms met in", sum(engines, engine -> engine.rooms().met()));
        row(
                role + ": rooms ended by the gateway before",
                sum(engines, engine -> engine.rooms().ended()));
        row(
                role + ": rooms waited in at the end",
                sum(engines, engine -> engine.rooms().waiting()));
        row(
                role + ": rooms whose prefill engine was gone",
                sum(engines, engine -> engine.rooms().lost()));
        row(role + ": rooms leaked", sum(engines, engine -> engine.rooms().leaked()));
    }

    private void row(Object what, Object figure) {
        table.row(what, figure);
    }

    private static long sum(List<SimulatedEngine> engines, ToLongFunction<SimulatedEngine> count) {
        return engines.stream().mapToLong(count).sum();
    }

    private String violations() {
        return Stream.of(prefills, decodes)
                .flatMap(List::stream)
                .flatMap(engine -> engine.violations().stream())
                .collect(Collectors.groupingBy(what -> what, Collectors.counting()))
                .toString();
    }

    @Override
    public void close() {
        fate.shutdownNow();
        gateway.close();
        Stream.of(prefills, decodes).flatMap(List::stream).forEach(SimulatedEngine::close);
    }
}
