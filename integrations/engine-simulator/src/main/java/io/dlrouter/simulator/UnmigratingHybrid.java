package io.dlrouter.simulator;

import java.time.Duration;
import java.util.List;

/** An LMDeploy engine that does both: it knows nothing of caches elsewhere, and never responses who tells it of one. */
final class UnmigratingHybrid implements Stage {
    private static final List<String> OF_PREFILL = List.of("with_cache", "preserve_cache");
    private static final Duration FOREVER = Duration.ofDays(10_000);

    private final EngineState engine;

    UnmigratingHybrid(EngineState engine) {
        this.engine = engine;
    }

    @Override
    public void check(CompletionRequest asked) {
        OF_PREFILL.stream().filter(asked.body()::has).findFirst().ifPresent(member -> {
            throw engine.violation(400, member + ": given (expected: none at a hybrid engine)");
        });
    }

    @Override
    public Admission admit(CompletionRequest asked) {
        if (!asked.body().has(MigrationOrder.MEMBER)) {
            return Admission.ORDINARY;
        }
        engine.log().violated(MigrationOrder.MEMBER + ": given (expected: none at a hybrid engine)");
        return Admission.ORDINARY.boundBy(answer -> answer.after(FOREVER));
    }
}
