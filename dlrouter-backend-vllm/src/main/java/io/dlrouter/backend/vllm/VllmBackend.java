package io.dlrouter.backend.vllm;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.PdProtocol;
import java.util.Map;
import java.util.Optional;

/** vLLM's OpenAI-compatible server. */
public final class VllmBackend implements BackendAdapter {
    static final String NAME = "vllm";

    private final VllmOptions options;
    private final KvTransfer kvTransfer;

    /** With the defaults of all options. */
    public VllmBackend() {
        this(VllmOptions.of(Map.of()));
    }

    VllmBackend(VllmOptions options) {
        this.options = options;
        this.kvTransfer = new KvTransfer(options.pdMinPromptTokens());
    }

    @Override
    public String name() {
        return NAME;
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

    @Override
    public Optional<PdProtocol> prefillDecode() {
        return Optional.of(kvTransfer);
    }

    @Override
    public Optional<NodeDiscovery> discovery() {
        return Optional.of(new HeartbeatDiscovery(options));
    }

    /** Makes the adapter {@code vllm}. */
    public static final class Provider implements BackendAdapter.Provider {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new VllmBackend(VllmOptions.of(options));
        }
    }
}
