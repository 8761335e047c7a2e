package io.dlrouter.server.options;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The nodes, the backends and the strategies of node selection. */
final class RoutingOptions {
    @Option(
            names = "--backend",
            paramLabel = "<name,...>",
            split = ",",
            hideParamSyntax = true,
            defaultValue = "lmdeploy",
            description = "Backends: lmdeploy, vllm, sglang, or one of a plug-in; with a list, nodes may "
                    + "name theirs, and the first is the default (default: lmdeploy)")
    List<String> backends = new ArrayList<>();

    @Option(
            names = "--serving_strategy",
            paramLabel = "<name>",
            description = "hybrid, or distserve for prefill and decode on different nodes (default: hybrid)")
    @Nullable
    String servingStrategy;

    @Option(
            names = "--routing_strategy",
            paramLabel = "<name>",
            description = "round_robin, random, consistent_hash, min_expected_latency, min_observed_latency, "
                    + "prefix_cache, or one of a plug-in (default: min_expected_latency)")
    @Nullable
    String routingStrategy;

    @Option(
            names = "--prefill_routing_strategy",
            paramLabel = "<name>",
            description = "The same for prefill nodes alone")
    @Nullable
    String prefillRoutingStrategy;

    @Option(names = "--decode_routing_strategy", paramLabel = "<name>", description = "The same for decode nodes alone")
    @Nullable
    String decodeRoutingStrategy;

    @Option(
            names = "--prefix_cache_tokens",
            paramLabel = "<tokens>",
            description = "prefix_cache: tokens that the KV cache of a node holds (default: as its engine reports, or "
                    + "1000000)")
    @Nullable
    String prefixCacheTokens;

    @Option(
            names = "--node_urls",
            paramLabel = "<url,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Hybrid nodes to start with; more come through POST /nodes/add (default: none)")
    List<String> nodeUrls = new ArrayList<>();

    @Option(
            names = "--config_path",
            paramLabel = "<file>",
            description = "Where nodes added at run time are kept (default: $XDG_STATE_HOME/dlrouter/nodes.json, or "
                    + "~/.local/state/dlrouter/nodes.json)")
    @Nullable
    String configPath;

    @Option(names = "--disable_cache_status", description = "Do not keep nodes added at run time")
    boolean disableCacheStatus;

    @Option(
            names = "--response_table_size",
            paramLabel = "<n>",
            description = "Responses and conversations of the Responses API whose nodes are kept in memory "
                    + "(default: 100000)")
    @Nullable
    String responseTableSize;

    @Option(
            names = "--response_table_ttl",
            paramLabel = "<time>",
            description = "How long each of them is kept after its last use (default: 24h)")
    @Nullable
    String responseTableTtl;

    /** The backend of nodes that name none. */
    String defaultBackend() {
        return backends.get(0);
    }

    /** Where nodes are kept if no one says otherwise. */
    static Path defaultNodeTable(Map<String, String> environment) {
        return stateFolder(environment).resolve("dlrouter/nodes.json");
    }

    private static Path stateFolder(Map<String, String> environment) {
        String folder = environment.getOrDefault("XDG_STATE_HOME", "");
        return folder.isBlank() ? Path.of(System.getProperty("user.home"), ".local", "state") : Path.of(folder);
    }
}
