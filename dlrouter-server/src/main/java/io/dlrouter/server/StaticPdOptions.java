package io.dlrouter.server;

import io.dlrouter.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

    void checkBothOrNeither() {
        if (prefillUrls.isEmpty() != decodeUrls.isEmpty()) {
            throw missingBeside();
        }
    }

    void checkBoth(String backend) {
        checkBothOrNeither();
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

    private static String joined(List<NodeAddress> urls) {
        return String.join(",", urls.stream().map(NodeAddress::toString).toList());
    }
}
