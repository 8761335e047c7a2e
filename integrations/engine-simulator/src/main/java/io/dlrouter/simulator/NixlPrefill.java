package io.dlrouter.simulator;

/** The prefill side of NIXL: computes the prompt and holds its blocks for one decode engine to pull. */
final class NixlPrefill implements Stage {
    private final EngineState engine;
    private final PdOptions options;

    NixlPrefill(EngineState engine) {
        this.engine = engine;
        this.options = engine.options().pd();
    }

    @Override
    public void check(CompletionRequest asked) {
        PrefillRules.brokenForNixl(asked.body()).ifPresent(broken -> {
            throw engine.violation(400, broken);
        });
        if (asked.choices() > 1) {
            throw engine.violation(400, "prompts: " + asked.choices() + " (expected: 1 at a prefill engine)");
        }
        if (asked.requestId().isEmpty()) {
            throw engine.violation(400, "header x-request-id: none (expected: the id that decode gets too)");
        }
    }

    @Override
    public Admission admit(CompletionRequest asked) {
        Admission admission = Admission.cached(0, options);
        if (!options.issuesParams()) {
            return admission;
        }
        NixlParams params = NixlParams.of(asked, engine);
        return admission.giving(
                Json.object("kv_transfer_params", new RawJson(params.text())),
                () -> engine.kv().issue(params.text(), asked.requestId(), params.blocks()));
    }
}
