package io.dlrouter.simulator;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The prefill side of LMDeploy: computes the prompt and keeps its cache in a session until decode or the router frees it. */
final class MigratingPrefill implements Stage {
    private final EngineState engine;
    private final DistServe self;

    MigratingPrefill(EngineState engine, DistServe self) {
        this.engine = engine;
        this.self = self;
    }

    @Override
    public void check(CompletionRequest asked) {
        self.requireAlive();
        DistServeRules.check(asked, engine);
        PrefillRules.brokenForLmdeploy(asked.body()).ifPresent(broken -> {
            throw engine.violation(400, broken);
        });
    }

    @Override
    public Admission admit(CompletionRequest asked) {
        Session session = Session.of(self.sessions().next(), asked, self);
        Map<String, @Nullable Object> members =
                Json.object("cache_block_ids", session.blocks(), "remote_token_ids", List.of(session.token()));
        members.putAll(self.options().cacheOwner().members(session.id()));
        return Admission.ORDINARY.giving(members, () -> self.sessions().issue(session));
    }
}
