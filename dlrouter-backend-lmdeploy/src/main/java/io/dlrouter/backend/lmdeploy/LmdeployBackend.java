package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeLinks;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.MalformedJsonException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** LMDeploy's {@code api_server}. */
public final class LmdeployBackend implements BackendAdapter {
    private static final String NAME = "lmdeploy";

    private final LmdeployOptions options;

    /** With the defaults of all options. */
    public LmdeployBackend() {
        this(LmdeployOptions.of(Map.of()));
    }

    LmdeployBackend(LmdeployOptions options) {
        this.options = options;
    }

    @Override
    public String name() {
        return NAME;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Up to 0.13 the {@code /health} of {@code lmdeploy/serve/openai/api_server.py} is an empty 200. Since 0.14 it
     * is JSON whose {@code status} is {@code healthy} or {@code sleeping} (then the engine refuses requests) with 200,
     * {@code initializing} or {@code unhealthy} with 503.
     */
    @Override
    public Health health(int status, String body) {
        return switch (engineStatus(body)) {
            case "initializing", "sleeping" -> Health.WAITING;
            default -> status >= 500 ? Health.FAILING : Health.SERVING;
        };
    }

    /** The member {@code status}; empty if the body is no JSON object that has it. */
    private static String engineStatus(String body) {
        try {
            return JsonValue.parse(body)
                    .member("status")
                    .flatMap(JsonValue::string)
                    .orElse("");
        } catch (MalformedJsonException e) {
            return "";
        }
    }

    /** {@inheritDoc} An engine would read another's memory, or keep a cache that nobody frees. */
    @Override
    public Set<String> reservedMembers() {
        return Set.of("migration_request", "with_cache", "preserve_cache");
    }

    @Override
    public Set<String> reservedHeaders() {
        return Set.of("X-data-parallel-rank", "x-lmdeploy-distserve-proxy");
    }

    @Override
    public Optional<String> cachePath() {
        return Optional.of(EngineInfo.PATH);
    }

    /** {@inheritDoc} An engine of TurboMind does not say it. */
    @Override
    public OptionalLong cacheTokens(String response) {
        try {
            EngineInfo info = EngineInfo.parse(response);
            long tokens = info.blockSize() * info.gpuBlocks();
            return tokens > 0 ? OptionalLong.of(tokens) : OptionalLong.empty();
        } catch (IllegalArgumentException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public Optional<PdProtocol> prefillDecode() {
        return Optional.of(new Migration(options));
    }

    /** {@inheritDoc} Without prefill there is nothing to link. */
    @Override
    public Optional<NodeLinks> links(NodeClient client, RouterClock clock) {
        return options.dummyPrefill()
                ? Optional.empty()
                : Optional.of(new PdLinks(client, options, Patience.DEFAULT, clock));
    }

    /** Makes the adapter {@code lmdeploy}. */
    public static final class Provider implements BackendAdapter.Provider {
        /** For {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public List<BackendOption> options() {
            return LmdeployOptions.DECLARED;
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new LmdeployBackend(LmdeployOptions.of(options));
        }
    }
}
