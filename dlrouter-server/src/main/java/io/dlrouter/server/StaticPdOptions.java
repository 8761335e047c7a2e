package io.dlrouter.server;

import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Prefill and decode nodes that are known from the start. */
final class StaticPdOptions implements BackendOptions {
    @Option(
            names = "--prefill_urls",
            paramLabel = "<url,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Prefill nodes")
    List<NodeAddress> prefillUrls = new ArrayList<>();

    @Option(
            names = "--decode_urls",
            paramLabel = "<url,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Decode nodes")
    List<NodeAddress> decodeUrls = new ArrayList<>();

    @Option(
            names = "--models",
            paramLabel = "<name,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Models of these nodes")
    List<String> models = new ArrayList<>();

    @Override
    public Set<String> backends() {
        return Set.of("vllm", "sglang");
    }

    void checkAbsent() {
        if (!prefillUrls.isEmpty() || !decodeUrls.isEmpty()) {
            throw new IllegalArgumentException((prefillUrls.isEmpty() ? "decode_urls: " : "prefill_urls: ")
                    + joined(prefillUrls.isEmpty() ? decodeUrls : prefillUrls)
                    + " (expected: none with serving_strategy hybrid; its nodes are node_urls)");
        }
    }

    void check() {
        if (prefillUrls.isEmpty() != decodeUrls.isEmpty()) {
            throw missingBeside();
        }
        if (prefillUrls.isEmpty() && !models.isEmpty()) {
            throw new IllegalArgumentException("models: " + String.join(",", models)
                    + " (expected: none without prefill_urls and decode_urls; other nodes are asked for theirs)");
        }
        Set<NodeAddress> seen = new HashSet<>();
        Stream.concat(prefillUrls.stream(), decodeUrls.stream())
                .filter(url -> !seen.add(url))
                .findFirst()
                .ifPresent(url -> {
                    throw new IllegalArgumentException((prefillUrls.contains(url) ? "prefill_urls: " : "decode_urls: ")
                            + url + " (expected: each url once, as prefill or as decode)");
                });
    }

    void checkBoth(String backend) {
        check();
        if (prefillUrls.isEmpty()) {
            throw new IllegalArgumentException(
                    "prefill_urls: none (expected: prefill_urls and decode_urls with distserve and " + backend + ")");
        }
    }

    private IllegalArgumentException missingBeside() {
        return prefillUrls.isEmpty()
                ? new IllegalArgumentException(
                        "prefill_urls: none (expected: some, beside decode_urls " + joined(decodeUrls) + ")")
                : new IllegalArgumentException(
                        "decode_urls: none (expected: some, beside prefill_urls " + joined(prefillUrls) + ")");
    }

    /**
     * The nodes, one for each data-parallel rank.
     *
     * @param ranks how many there are behind each URL
     * @param bootstrapPorts one for each prefill URL, or none
     */
    List<NodeSpec> nodes(String backend, int ranks, List<Integer> bootstrapPorts) {
        Stream<NodeSpec> prefills = IntStream.range(0, prefillUrls.size())
                .boxed()
                .flatMap(i -> nodes(backend, ranks, Role.PREFILL, prefillUrls.get(i))
                        .map(node -> bootstrapPorts.isEmpty() ? node : node.withBootstrapPort(bootstrapPorts.get(i))));
        Stream<NodeSpec> decodes = decodeUrls.stream().flatMap(url -> nodes(backend, ranks, Role.DECODE, url));
        return Stream.concat(prefills, decodes).toList();
    }

    private Stream<NodeSpec> nodes(String backend, int ranks, Role role, NodeAddress url) {
        return url.ranks(ranks).stream()
                .map(address -> NodeSpec.of(backend, address).withRole(role).withModels(models));
    }

    static String joined(List<NodeAddress> urls) {
        return String.join(",", urls.stream().map(NodeAddress::toString).toList());
    }
}
