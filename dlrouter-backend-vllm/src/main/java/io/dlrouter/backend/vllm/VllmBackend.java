package io.dlrouter.backend.vllm;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.PdProtocol;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** vLLM's OpenAI-compatible server. */
public final class VllmBackend implements BackendAdapter {
    static final String NAME = "vllm";

    private static final Pattern CACHE_CONFIG = Pattern.compile("(?m)^vllm:cache_config_info\\{.*$");
    private static final Pattern BLOCK_SIZE = Pattern.compile("[{,]block_size=\"(\\d{1,9})\"");
    private static final Pattern BLOCKS = Pattern.compile("[{,]num_gpu_blocks=\"(\\d{1,9})\"");

    private final VllmOptions options;
    private final KvTransfer kvTransfer;

    /** With the defaults of all options. */
    public VllmBackend() {
        this(VllmOptions.of(Map.of()));
    }

    VllmBackend(VllmOptions options) {
        this.options = options;
        this.kvTransfer = new KvTransfer(options.pdMinPromptTokens(), options.kvLeaseDuration());
    }

    @Override
    public String name() {
        return NAME;
    }

    /**
     * {@inheritDoc}
     *
     * <p>vLLM responds with an empty 200, or an empty 503 when its engine is dead, in
     * {@code vllm/entrypoints/serve/instrumentator/health.py}. Its port does not listen before the engine is up, so
     * there is nothing to wait for.
     */
    @Override
    public Health health(int status, String body) {
        return status >= 500 ? Health.FAILING : Health.SERVING;
    }

    /** {@inheritDoc} An engine would fetch a cache from the host that they name. */
    @Override
    public Set<String> reservedMembers() {
        return Set.of("kv_transfer_params", "ec_transfer_params");
    }

    @Override
    public Optional<String> cachePath() {
        return Optional.of("/metrics");
    }

    /**
     * {@inheritDoc}
     *
     * <p>By the labels of {@code vllm:cache_config_info}, one line for each engine behind a port: {@code block_size} and
     * {@code num_gpu_blocks}, from {@code vllm/v1/metrics/loggers.py}. Of several it is the largest.
     */
    @Override
    public OptionalLong cacheTokens(String answer) {
        return CACHE_CONFIG
                .matcher(answer)
                .results()
                .map(line -> label(line.group(), BLOCK_SIZE) * label(line.group(), BLOCKS))
                .mapToLong(Long::longValue)
                .filter(tokens -> tokens > 0)
                .max();
    }

    private static long label(String line, Pattern label) {
        Matcher found = label.matcher(line);
        return found.find() ? Long.parseLong(found.group(1)) : 0;
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
        public List<BackendOption> options() {
            return VllmOptions.DECLARED;
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new VllmBackend(VllmOptions.of(options));
        }
    }
}
