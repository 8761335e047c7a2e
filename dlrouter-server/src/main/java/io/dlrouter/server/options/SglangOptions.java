package io.dlrouter.server.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** Prefill/Decode with SGLang. */
final class SglangOptions implements BackendOptions {
    @Option(
            names = "--prefill_bootstrap_ports",
            paramLabel = "<port,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Bootstrap port of each prefill node (default: 8998 each)")
    List<String> prefillBootstrapPorts = new ArrayList<>();

    @Override
    public Set<String> backends() {
        return Set.of("sglang");
    }
}
