package io.dlrouter.server;

import io.dlrouter.NodeAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which nodes there are, and how one of them is chosen. */
final class RoutingOptions {
    @Option(
            names = "--backend",
            paramLabel = "<name,...>",
            split = ",",
            hideParamSyntax = true,
            defaultValue = "lmdeploy",
            description =
                    "Kind of the engines: lmdeploy, vllm, sglang, or one of your own; with a comma list nodes may "
                            + "name theirs, and the first is the default (default: lmdeploy)")
    List<String> backends = new ArrayList<>();

    @Option(
            names = "--serving_strategy",
            paramLabel = "<name>",
            defaultValue = "hybrid",
            description = "hybrid, or distserve for prefill and decode on different nodes (default: hybrid)")
    ServingStrategy servingStrategy = ServingStrategy.HYBRID;

    @Option(
            names = "--routing_strategy",
            paramLabel = "<name>",
            defaultValue = "min_expected_latency",
            description = "round_robin, random, consistent_hash, min_expected_latency, min_observed_latency, "
                    + "or one of your own (default: min_expected_latency)")
    String routingStrategy = "";

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
            names = "--node_urls",
            paramLabel = "<url,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Hybrid nodes to start with; more come through POST /nodes/add (default: none)")
    List<NodeAddress> nodeUrls = new ArrayList<>();

    @Option(
            names = "--config_path",
            paramLabel = "<file>",
            description = "Where nodes added at run time are kept (default: $XDG_STATE_HOME/dlrouter/nodes.json, or "
                    + "~/.local/state/dlrouter/nodes.json)")
    @Nullable
    Path configPath;

    @Option(names = "--disable_cache_status", description = "Do not keep nodes added at run time")
    boolean disableCacheStatus;

    /** The backend of nodes that name none. */
    String defaultBackend() {
        return backends.get(0);
    }

    void checkNoHybridNodes() {
        if (!nodeUrls.isEmpty()) {
            throw new IllegalArgumentException("node_urls: " + StaticPdOptions.joined(nodeUrls)
                    + " (expected: none with serving_strategy distserve; its nodes are prefill_urls and"
                    + " decode_urls)");
        }
    }

    /** The file of the node table; empty if there is to be none. */
    Optional<Path> nodeTable(Map<String, String> environment) {
        if (disableCacheStatus) {
            return Optional.empty();
        }
        return Optional.of(configPath == null ? stateFolder(environment).resolve("dlrouter/nodes.json") : configPath);
    }

    private static Path stateFolder(Map<String, String> environment) {
        String folder = environment.getOrDefault("XDG_STATE_HOME", "");
        return folder.isBlank() ? Path.of(System.getProperty("user.home"), ".local", "state") : Path.of(folder);
    }
}
