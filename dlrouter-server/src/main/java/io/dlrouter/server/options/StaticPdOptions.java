package io.dlrouter.server.options;

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
    List<String> prefillUrls = new ArrayList<>();

    @Option(
            names = "--decode_urls",
            paramLabel = "<url,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Decode nodes")
    List<String> decodeUrls = new ArrayList<>();

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
}
