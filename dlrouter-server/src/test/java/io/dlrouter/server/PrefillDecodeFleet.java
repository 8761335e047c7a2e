package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import io.dlrouter.simulator.SimulatedEngineBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Simulated prefill and decode engines of one kind and a gateway before them, which takes them in turn. Engines of
 * LMDeploy register themselves at the gateway, or are registered by it if they are older than it is.
 */
final class PrefillDecodeFleet implements AutoCloseable {
    static final String ROUTE = "/v1/chat/completions";
    static final String CHAT =
            "{\"model\":\"demo\",\"max_tokens\":6,\"messages\":[{\"role\":\"user\",\"content\":\"Tell me of it\"}]}";
    static final String STREAM =
            CHAT.replace("{\"model\"", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\"");

    final List<SimulatedEngine> prefills = new ArrayList<>();
    final List<SimulatedEngine> decodes = new ArrayList<>();
    private final List<Gateway> gateways = new ArrayList<>();

    private final Set<SimulatedEngine> unfreed = new HashSet<>();
    private final EngineKind kind;

    PrefillDecodeFleet(EngineKind kind) {
        this.kind = kind;
    }

    /** So many engines of each role, of which a decode engine takes a while to its first token. */
    static PrefillDecodeFleet of(EngineKind kind, int prefills, int decodes) {
        PrefillDecodeFleet fleet = new PrefillDecodeFleet(kind);
        for (int i = 0; i < prefills; i++) {
            fleet.prefill(fleet.engine().prefill());
        }
        for (int i = 0; i < decodes; i++) {
            fleet.decode(fleet.engine().decode().timeToFirstToken(Duration.ofMillis(100)));
        }
        return fleet;
    }

    SimulatedEngineBuilder engine() {
        SimulatedEngineBuilder engine = SimulatedEngine.builder(kind).model("demo");
        return kind == EngineKind.LMDEPLOY && !gateways.isEmpty()
                ? engine.registerAt(gateways.get(gateways.size() - 1).server.url())
                : engine;
    }

    SimulatedEngine prefill(SimulatedEngineBuilder builder) {
        SimulatedEngine engine = builder.start();
        prefills.add(engine);
        return engine;
    }

    SimulatedEngine decode(SimulatedEngineBuilder builder) {
        SimulatedEngine engine = builder.start();
        decodes.add(engine);
        return engine;
    }

    /** A gateway that knows the engines, from its configuration where it takes one. */
    Gateway gateway(String... arguments) throws Exception {
        Stream<String> all = Stream.of(split(), known(), Stream.of(arguments)).flatMap(part -> part);
        Gateway gateway = started(Gateway.start(all.toArray(String[]::new)));
        if (kind == EngineKind.LMDEPLOY) {
            register(gateway, prefills, 2);
            register(gateway, decodes, 3);
        }
        return gateway;
    }

    private Stream<String> split() {
        return Stream.of(
                "--backend",
                kind.name().toLowerCase(Locale.ROOT),
                "--serving_strategy",
                "distserve",
                "--routing_strategy",
                "round_robin");
    }

    private Stream<String> known() {
        return kind == EngineKind.LMDEPLOY
                ? Stream.of()
                : Stream.of("--models", "demo", "--prefill_urls", urls(prefills), "--decode_urls", urls(decodes));
    }

    private static void register(Gateway gateway, List<SimulatedEngine> engines, int role) throws Exception {
        for (SimulatedEngine engine : engines) {
            gateway.post(
                    "/nodes/add",
                    "{\"url\":\"" + engine.url() + "\",\"status\":{\"models\":[\"demo\"],\"role\":" + role + "}}");
        }
    }

    /** A gateway that could serve at once: all nodes are known and, where they have to be, linked. */
    Gateway readyGateway(String... arguments) throws Exception {
        Gateway gateway = gateway(arguments);
        Await.until(() -> gateway.get("/ready").statusCode() == 200
                && gateway.router.nodes().all().stream().noneMatch(node -> node.state() == NodeState.STARTING));
        assertThat(gateway.post("/distserve/connection_warmup", "{}").statusCode())
                .isEqualTo(200);
        return gateway;
    }

    /** Takes a gateway over. */
    Gateway started(Gateway gateway) {
        gateways.add(gateway);
        return gateway;
    }

    static String urls(List<SimulatedEngine> engines) {
        return engines.stream().map(SimulatedEngine::url).collect(Collectors.joining(","));
    }

    static long requests(Collection<SimulatedEngine> engines) {
        return engines.stream()
                .mapToLong(engine -> engine.requests(ROUTE).size())
                .sum();
    }

    /** Asserts how many calls of each leg were made. */
    void assertCalls(int prefillCalls, int decodeCalls) {
        assertThat(requests(prefills)).as("prefills").isEqualTo(prefillCalls);
        assertThat(requests(decodes)).as("decodes").isEqualTo(decodeCalls);
    }

    /** That nothing is counted or in progress any more, and that no engine has anything to complain of. */
    void assertNothingLeft() throws Exception {
        for (Gateway gateway : gateways) {
            Await.until(() -> gateway.router.nodes().all().stream()
                    .mapToInt(NodeStatus::inFlight)
                    .allMatch(count -> count == 0));
        }
        for (SimulatedEngine engine : engines()) {
            Await.until(() -> engine.runningRequests() == 0);
            assertThat(engine.violations()).as("violations of %s", engine).isEmpty();
            assertThat(engine.rooms().waiting()).as("rooms of %s", engine).isZero();
            assertThat(engine.kv().doubleSpends())
                    .as("double spends of %s", engine)
                    .isZero();
            assertThat(engine.kv())
                    .satisfies(kv -> assertThat(kv.issued()).isEqualTo(kv.pulled() + kv.expired() + kv.held()));
        }
        if (kind == EngineKind.LMDEPLOY) {
            assertNoSessionLeft();
        }
    }

    /** Says that sessions stay: their numbers are never heard of, or decode only pretends that it took their caches. */
    void sessionsStayAt(SimulatedEngine prefill) {
        unfreed.add(prefill);
    }

    /** An engine that is gone took its sessions with it. */
    private void assertNoSessionLeft() {
        for (SimulatedEngine prefill : prefills) {
            long staying = unfreed.contains(prefill) ? prefill.requests(ROUTE).size() : 0;
            if (prefill.listening()) {
                prefill.awaitSessions(sessions -> sessions.alive() == staying, Duration.ofSeconds(15));
            }
            assertThat(prefill.sessions()).as("sessions of %s", prefill).satisfies(sessions -> {
                assertThat(sessions.freedUnknown()).isZero();
                assertThat(sessions.freedStale()).isZero();
            });
        }
    }

    private List<SimulatedEngine> engines() {
        return Stream.of(prefills, decodes).flatMap(List::stream).toList();
    }

    @Override
    public void close() {
        gateways.forEach(Gateway::close);
        engines().forEach(SimulatedEngine::close);
    }
}
