package io.dlrouter.server.options;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Prefill/Decode with LMDeploy: the link that the KV cache takes. */
final class LmdeployOptions implements BackendOptions {
    @Option(names = "--migration_protocol", paramLabel = "<name>", description = "RDMA or NVLINK (default: RDMA)")
    @Nullable
    String migrationProtocol;

    @Option(names = "--link_type", paramLabel = "<name>", description = "RoCE or IB (default: RoCE)")
    @Nullable
    String linkType;

    @Option(
            names = "--with_gdr",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "GPU-direct RDMA, or not (default: with)")
    boolean withGdr;

    @Option(names = "--dummy_prefill", description = "Decode without prefill, to measure")
    boolean dummyPrefill;

    @Override
    public Set<String> backends() {
        return Set.of("lmdeploy");
    }
}
