package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.BackendOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What can be set for LMDeploy, by the names of the command line.
 *
 * @param migrationProtocol {@code migration_protocol}: how a KV cache goes from one engine to another
 * @param linkType {@code link_type}: the kind of RDMA link
 * @param withGdr {@code with_gdr}: whether RDMA reads the memory of the GPU itself
 * @param dummyPrefill {@code dummy_prefill}: whether decode serves requests alone, to be measured
 */
record LmdeployOptions(MigrationProtocol migrationProtocol, LinkType linkType, boolean withGdr, boolean dummyPrefill) {
    /** These options, as the provider declares them. */
    static final List<BackendOption> DECLARED = List.of(
            BackendOption.of("migration_protocol", "<name>", "RDMA or NVLINK").withDefault("RDMA"),
            BackendOption.of("link_type", "<name>", "RoCE or IB").withDefault("RoCE"),
            BackendOption.flag("with_gdr", "GPU-direct RDMA, or not").withDefault("true"),
            BackendOption.flag("dummy_prefill", "Decode without prefill, for measurements"));

    private static final List<MigrationProtocol> PROTOCOLS = List.of(MigrationProtocol.values());
    private static final List<LinkType> LINK_TYPES = List.of(LinkType.values());
    private static final List<Boolean> TRUTHS = List.of(true, false);

    /**
     * Reads the options that are LMDeploy's, and leaves others alone.
     *
     * @throws IllegalArgumentException if one has no meaning; names it, its value and what was expected
     */
    static LmdeployOptions of(Map<String, String> options) {
        return new LmdeployOptions(
                choice("migration_protocol", options.getOrDefault("migration_protocol", "RDMA"), PROTOCOLS),
                choice("link_type", options.getOrDefault("link_type", "RoCE"), LINK_TYPES),
                choice("with_gdr", options.getOrDefault("with_gdr", "true"), TRUTHS),
                choice("dummy_prefill", options.getOrDefault("dummy_prefill", "false"), TRUTHS));
    }

    private static <C> C choice(String name, String value, List<C> choices) {
        return choices.stream()
                .filter(choice -> choice.toString().equalsIgnoreCase(value))
                .findFirst()
                .orElseThrow(() -> invalid(name, value, choices));
    }

    private static IllegalArgumentException invalid(String name, String value, List<?> choices) {
        String expected = choices.stream().map(Object::toString).collect(Collectors.joining(" or "));
        return new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }

    /**
     * How a KV cache goes over: {@code MigrationProtocol} in {@code lmdeploy/pytorch/disagg/config.py}, less its TCP,
     * which no engine implements.
     */
    enum MigrationProtocol {
        RDMA(2),
        NVLINK(3);

        private final int wireNumber;

        MigrationProtocol(int wireNumber) {
            this.wireNumber = wireNumber;
        }

        /** The integer that stands for this on the wire. */
        int wireNumber() {
            return wireNumber;
        }
    }

    /** The kind of RDMA link: {@code RDMALinkType} in {@code lmdeploy/pytorch/disagg/config.py}. */
    enum LinkType {
        ROCE("RoCE", 2),
        IB("IB", 1);

        private final String word;
        private final int wireNumber;

        LinkType(String word, int wireNumber) {
            this.word = word;
            this.wireNumber = wireNumber;
        }

        /** The integer that stands for this on the wire. */
        int wireNumber() {
            return wireNumber;
        }

        @Override
        public String toString() {
            return word;
        }
    }
}
