package io.dlrouter.backend.sglang;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.PdProtocol;
import java.util.Map;
import java.util.Optional;

/** SGLang's OpenAI-compatible server. */
public final class SglangBackend implements BackendAdapter {

    @Override
    public String name() {
        return "sglang";
    }

    /**
     * {@inheritDoc}
     *
     * <p>SGLang answers with an empty 200, or an empty 503 while it starts, while it shuts down and when its scheduler
     * makes no token for 20 seconds, in {@code python/sglang/srt/entrypoints/http_server.py} ({@code health_generate}).
     * These cannot be told apart, so each is a failure: a node that still starts is ejected and comes back by itself.
     */
    @Override
    public Health health(int status, String body) {
        return status >= 500 ? Health.FAILING : Health.SERVING;
    }

    /** SGLang from 0.5 on; {@code python/sglang/srt/entrypoints/http_server.py} ({@code server_info}). */
    @Override
    public Optional<String> descriptionPath() {
        return Optional.of("/server_info");
    }

    @Override
    public NodeSpec described(NodeSpec node, String description) {
        return ServerInfo.parse(description).describe(node);
    }

    @Override
    public Optional<PdProtocol> prefillDecode() {
        return Optional.of(new Bootstrap());
    }

    /** Makes the adapter {@code sglang}. */
    public static final class Provider implements BackendAdapter.Provider {
        @Override
        public String name() {
            return "sglang";
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new SglangBackend();
        }
    }
}
