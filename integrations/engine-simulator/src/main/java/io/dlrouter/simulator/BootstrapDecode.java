package io.dlrouter.simulator;

import java.util.concurrent.CompletableFuture;

/** The decode side of SGLang: goes to the prefill engine that the request names, and says its tokens once they met. */
final class BootstrapDecode implements Stage {
    private final EngineState engine;
    private final Bootstrap bootstrap;

    BootstrapDecode(EngineState engine) {
        this.engine = engine;
        this.bootstrap = new Bootstrap(engine);
    }

    @Override
    public void check(CompletionRequest asked) {
        bootstrap.check(asked);
    }

    @Override
    public Admission admit(CompletionRequest asked) {
        return bootstrap.admit(asked, Integer.MAX_VALUE, this::visit);
    }

    private CompletableFuture<Void> visit(Appointment appointment) {
        int port = appointment.port().orElse(engine.bootstrapPort());
        return BootstrapServer.knock(
                engine.listener().network(), new HostPort(appointment.host(), port), appointment.room());
    }
}
