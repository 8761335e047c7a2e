package io.dlrouter.simulator;

import java.util.List;

/** The decode side of LMDeploy: takes over the cache that the request names, and goes on from there. */
final class MigratingDecode implements Stage {
    private static final List<String> OF_PREFILL = List.of("with_cache", "preserve_cache", "_prefill_url");

    private final EngineState engine;
    private final DistServe self;

    MigratingDecode(EngineState engine, DistServe self) {
        this.engine = engine;
        this.self = self;
    }

    @Override
    public void check(CompletionRequest asked) {
        self.requireAlive();
        DistServeRules.check(asked, engine);
        OF_PREFILL.stream().filter(asked.body()::has).findFirst().ifPresent(member -> {
            throw engine.violation(400, member + ": given (expected: none at a decode engine)");
        });
        order(asked);
    }

    @Override
    public Admission admit(CompletionRequest asked) {
        MigrationOrder order = order(asked);
        return order.isDummy()
                ? Admission.ORDINARY
                : Admission.ORDINARY.boundBy(new Migration(engine, self, asked, order)::before);
    }

    private MigrationOrder order(CompletionRequest asked) {
        try {
            StrictJson order = StrictJson.of(asked.request().text()).object(MigrationOrder.MEMBER);
            return MigrationOrder.of(order, self.options());
        } catch (IllegalArgumentException wrong) {
            throw engine.violation(500, String.valueOf(wrong.getMessage()));
        }
    }
}
