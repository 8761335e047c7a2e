package io.dlrouter.backend.sglang;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.StandardOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** SGLang's OpenAI-compatible server. */
public final class SglangBackend implements BackendAdapter {

    /** An adapter; it has no options. */
    public SglangBackend() {}

    @Override
    public String name() {
        return "sglang";
    }

    /**
     * {@inheritDoc}
     *
     * <p>SGLang responds with an empty 200, or an empty 503 while it starts, while it shuts down and when its scheduler
     * makes no token for 20 seconds, in {@code python/sglang/srt/entrypoints/http_server.py} ({@code health_generate}).
     * These cannot be told apart, so each is a failure: a node that still starts is ejected and comes back by itself.
     */
    @Override
    public Health health(int status, String body) {
        return status >= 500 ? Health.FAILING : Health.SERVING;
    }

    /** In {@code python/sglang/srt/entrypoints/http_server.py}; the second until 0.5. */
    @Override
    public List<String> descriptionPaths() {
        return List.of("/server_info", "/get_server_info");
    }

    /**
     * {@inheritDoc}
     *
     * <p>A hybrid node needs nothing of it, and is in the wrong only if its engine is one half of a pair.
     */
    @Override
    public NodeSpec described(NodeSpec node, String description) {
        return read(node, description).map(said -> said.describe(node)).orElse(node);
    }

    private static Optional<ServerInfo> read(NodeSpec node, String description) {
        try {
            return Optional.of(ServerInfo.parse(description));
        } catch (IllegalArgumentException e) {
            if (node.role() == Role.HYBRID) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** {@inheritDoc} An engine would wait for a peer at the address and in the room that they name. */
    @Override
    public Set<String> reservedMembers() {
        return Set.of("bootstrap_host", "bootstrap_port", "bootstrap_room", "bootstrap_pair_key", "decode_tp_size");
    }

    /** {@inheritDoc} A server takes the overrides for the members of these names if it is so configured. */
    @Override
    public Set<String> reservedHeaders() {
        return Set.of(
                "X-data-parallel-rank",
                "X-Override-Bootstrap-Host",
                "X-Override-Bootstrap-Port",
                "X-Override-Bootstrap-Room",
                "X-Override-Routed-Dp-Rank",
                "X-Override-Disagg-Prefill-Dp-Rank",
                "X-Override-Rid",
                "X-Override-Priority",
                "X-Override-Conversation-Id");
    }

    @Override
    public Optional<String> cachePath() {
        return Optional.of(descriptionPaths().get(0));
    }

    /** {@inheritDoc} By {@code max_total_num_tokens}, which its scheduler adds to what the server was started with. */
    @Override
    public OptionalLong cacheTokens(String answer) {
        try {
            return ServerInfo.parse(answer).cacheTokens();
        } catch (IllegalArgumentException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public Optional<PdProtocol> prefillDecode() {
        return Optional.of(new Bootstrap());
    }

    /** Makes the adapter {@code sglang}. */
    public static final class Provider implements BackendAdapter.Provider {
        /** For {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public String name() {
            return "sglang";
        }

        /** SGLang servers neither announce nor register themselves, so their URLs are required. */
        @Override
        public List<BackendOption> options() {
            return List.of(
                    StandardOptions.PREFILL_URLS.requiredForPrefillDecode(),
                    StandardOptions.DECODE_URLS.requiredForPrefillDecode(),
                    StandardOptions.MODELS,
                    StandardOptions.PREFILL_BOOTSTRAP_PORTS.withDefault("8998 each"));
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new SglangBackend();
        }
    }
}
