package io.dlrouter.simulator;

/** The engine that is imitated. */
public enum EngineKind {
    VLLM,
    SGLANG,
    LMDEPLOY;

    Dialect dialect() {
        return switch (this) {
            case VLLM -> new VllmDialect();
            case SGLANG -> new SglangDialect();
            case LMDEPLOY -> new LmdeployDialect();
        };
    }
}
