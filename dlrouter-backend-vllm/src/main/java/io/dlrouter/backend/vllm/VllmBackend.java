package io.dlrouter.backend.vllm;

import io.dlrouter.spi.BackendAdapter;
import java.util.Map;

/** vLLM's OpenAI-compatible server. */
public final class VllmBackend implements BackendAdapter {

    @Override
    public String name() {
        return "vllm";
    }

    /**
     * {@inheritDoc}
     *
     * <p>vLLM answers with an empty 200, or an empty 503 when its engine is dead, in
     * {@code vllm/entrypoints/serve/instrumentator/health.py}. Its port does not listen before the engine is up, so
     * there is nothing to wait for.
     */
    @Override
    public Health health(int status, String body) {
        return status >= 500 ? Health.FAILING : Health.SERVING;
    }

    /** Makes the adapter {@code vllm}. */
    public static final class Provider implements BackendAdapter.Provider {
        @Override
        public String name() {
            return "vllm";
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new VllmBackend();
        }
    }
}
