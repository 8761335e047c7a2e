package io.dlrouter.simulator;

/** Prefill and decode in one engine. */
final class HybridStage implements Stage {
    @Override
    public Admission admit(CompletionRequest asked) {
        return Admission.ORDINARY;
    }
}
