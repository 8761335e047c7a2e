package io.dlrouter.backend.sglang;

import io.dlrouter.spi.BackendAdapter;
import java.util.Map;

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
