package io.dlrouter.server;

import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;

/** Prefill/Decode with LMDeploy: the link that the KV cache takes. */
final class LmdeployOptions implements BackendOptions {
    @Option(
            names = "--migration_protocol",
            paramLabel = "<name>",
            defaultValue = "RDMA",
            description = "RDMA or NVLINK (default: RDMA)")
    MigrationProtocol migrationProtocol = MigrationProtocol.RDMA;

    @Option(
            names = "--link_type",
            paramLabel = "<name>",
            defaultValue = "ROCE",
            description = "RoCE or IB (default: RoCE)")
    LinkType linkType = LinkType.ROCE;

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

    /** What the backend is told. */
    Map<String, String> forProvider() {
        return Map.of(
                "migration_protocol", migrationProtocol.name(),
                "link_type", linkType.name(),
                "with_gdr", Boolean.toString(withGdr),
                "dummy_prefill", Boolean.toString(dummyPrefill));
    }

    /** What carries the cache from one node to the other. */
    enum MigrationProtocol {
        RDMA,
        NVLINK
    }

    /** The kind of RDMA link. */
    enum LinkType {
        ROCE,
        IB
    }
}
