package io.dlrouter.simulator;

import java.util.List;
import java.util.Optional;

/** The prefill side of SGLang: waits for decode in the request's room, sends it the KV cache, and says one token. */
final class BootstrapPrefill implements Stage {
    private static final String ANY_HOST = "0.0.0.0";

    private final EngineState engine;
    private final BootstrapServer server;
    private final Bootstrap bootstrap;
    private final List<String> hosts;

    BootstrapPrefill(EngineState engine, BootstrapServer server) {
        this.engine = engine;
        this.server = server;
        this.bootstrap = new Bootstrap(engine);
        this.hosts = List.of("127.0.0.1", engine.listener().host());
    }

    @Override
    public void check(CompletionRequest asked) {
        Optional<String> rank = asked.request().header("x-data-parallel-rank");
        bootstrap.check(asked).stream().filter(Appointment::isReal).forEach(appointment -> {
            checkAddress(appointment);
            rank.ifPresent(given -> checkRank(given, appointment.room()));
        });
    }

    @Override
    public Admission admit(CompletionRequest asked) {
        return bootstrap.admit(asked, 1, appointment -> server.come(appointment.room()));
    }

    /** An engine on all addresses knows no name of its own, so any may be it. */
    private void checkAddress(Appointment appointment) {
        if (!hosts.contains(appointment.host()) && !hosts.contains(ANY_HOST)) {
            throw engine.violation(
                    400, "bootstrap_host: " + appointment.host() + " (expected: " + hosts.get(1) + ", this engine's)");
        }
        if (appointment.port().orElse(server.port()) != server.port()) {
            throw engine.violation(
                    400,
                    "bootstrap_port: " + appointment.port().get() + " (expected: " + server.port()
                            + ", this engine's)");
        }
    }

    private void checkRank(String given, long room) {
        int size = engine.options().dataParallelSize();
        if (!given.equals(Long.toString(room % size))) {
            throw engine.violation(
                    400,
                    "header x-data-parallel-rank: " + given + " (expected: " + room % size + ", as bootstrap_room "
                            + room + " goes to that rank of " + size + ")");
        }
    }
}
