package io.dlrouter.simulator;

/** The engine that is imitated. */
public enum EngineKind {
    /** The OpenAI server of vLLM. */
    VLLM,
    /** The HTTP server of SGLang. */
    SGLANG,
    /** The API server of LMDeploy. */
    LMDEPLOY;

    Dialect dialect() {
        return switch (this) {
            case VLLM -> new VllmDialect();
            case SGLANG -> new SglangDialect();
            case LMDEPLOY -> new LmdeployDialect();
        };
    }
}
