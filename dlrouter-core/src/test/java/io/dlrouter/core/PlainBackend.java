package io.dlrouter.core;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.StandardOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An engine whose response to {@code /health} says by its status, or the word {@code waiting}, how it is. */
public final class PlainBackend implements BackendAdapter {
    public static final String NAME = "plain";
    /** The name of another kind of engine, that is the same but for its name. */
    static final String OTHER = "other";
    /** The option that has requests split by {@link PlainDualDispatch}. */
    static final String DUAL = "plain_dual";
    /** The option that names the paths, with commas, where an engine says how many ranks it has. */
    public static final String DESCRIPTIONS = "plain_descriptions";
    /** Where an engine says, as a number, how many tokens its KV cache holds. */
    static final String CACHE = "/cache";
    /** The path of a node that this adapter fails on. */
    public static final String NO_HEADERS = "/no-headers";

    private final String name;
    private final Map<String, String> options;

    /** An adapter for nodes that serve requests in one piece. */
    public PlainBackend() {
        this(NAME, Map.of());
    }

    private PlainBackend(String name, Map<String, String> options) {
        this.name = name;
        this.options = options;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Health health(int status, String body) {
        if (body.equals("waiting")) {
            return Health.WAITING;
        }
        return status >= 500 ? Health.FAILING : Health.SERVING;
    }

    @Override
    public Set<String> reservedMembers() {
        return Set.of("resume_handle");
    }

    @Override
    public Set<String> reservedHeaders() {
        return Set.of("X-data-parallel-rank", "X-Plain-Resume");
    }

    @Override
    public Map<String, String> headers(NodeSpec node) {
        if (node.address().url().getPath().equals(NO_HEADERS)) {
            throw new IllegalStateException("no headers for " + node.address());
        }
        return BackendAdapter.super.headers(node);
    }

    @Override
    public List<String> descriptionPaths() {
        return Optional.ofNullable(options.get(DESCRIPTIONS))
                .map(paths -> List.of(paths.split(",", -1)))
                .orElse(List.of());
    }

    @Override
    public NodeSpec described(NodeSpec node, String description) {
        return node.withDpSize(Integer.parseInt(description));
    }

    @Override
    public Optional<String> cachePath() {
        return Optional.of(CACHE);
    }

    @Override
    public OptionalLong cacheTokens(String response) {
        return OptionalLong.of(Long.parseLong(response));
    }

    @Override
    public Optional<PdProtocol> prefillDecode() {
        return options.containsKey(DUAL) ? Optional.of(new PlainDualDispatch()) : PlainTwoStage.of(options);
    }

    @Override
    public Optional<NodeDiscovery> discovery() {
        return PlainDiscovery.of(options);
    }

    /**
     * Makes the adapter {@code plain}, unless an option {@code plain_refuses} is given. What it knows beside hybrid
     * nodes is said by the options of {@link PlainTwoStage} and {@link PlainDiscovery}.
     */
    public static final class Provider implements BackendAdapter.Provider {
        private static final Queue<Map<String, String>> GIVEN = new ConcurrentLinkedQueue<>();

        /** The options that adapters were made with. */
        static Queue<Map<String, String>> given() {
            return GIVEN;
        }

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public List<BackendOption> options() {
            List<BackendOption> options = new ArrayList<>(List.of(
                    StandardOptions.PREFILL_URLS,
                    StandardOptions.DECODE_URLS,
                    StandardOptions.MODELS,
                    StandardOptions.PREFILL_BOOTSTRAP_PORTS,
                    BackendOption.of("plain_host", "<address>", "An address"),
                    BackendOption.of("plain_port", "<port>", "A port").readBy(Provider::port),
                    BackendOption.list("plain_zones", "<zone,...>", "Some zones"),
                    BackendOption.time("plain_wait", "A time"),
                    BackendOption.flag("plain_flag", "A choice")));
            options.addAll(StandardOptions.DATA_PARALLEL_SIZES);
            return options;
        }

        private static String port(String value) {
            if (!value.matches("\\d{1,5}")) {
                throw new IllegalArgumentException("a port");
            }
            return value;
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            if (options.containsKey("plain_refuses")) {
                throw new IllegalArgumentException("plain_refuses: set (expected: nothing)");
            }
            GIVEN.add(options);
            return new PlainBackend(NAME, options);
        }
    }

    /** Makes the adapter {@code other}. */
    public static final class OtherProvider implements BackendAdapter.Provider {
        @Override
        public String name() {
            return OTHER;
        }

        @Override
        public List<BackendOption> options() {
            return List.of(StandardOptions.PREFILL_URLS.requiredForPrefillDecode());
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new PlainBackend(OTHER, options);
        }
    }
}
