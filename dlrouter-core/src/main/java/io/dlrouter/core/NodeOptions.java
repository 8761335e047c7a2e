package io.dlrouter.core;

import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.core.plugin.DeclaredOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The mode and the nodes that options configure. */
final class NodeOptions {
    private static final String RANKS = "intra_node_data_parallel_size";

    private final ConfigValues options;
    private final DeclaredOptions declared;
    private final boolean split;
    private final List<String> backends;
    private final List<NodeAddress> hybrids;
    private final List<NodeAddress> prefills;
    private final List<NodeAddress> decodes;
    private final List<String> models;
    private final List<Integer> bootstrapPorts;
    private final int prefillRanks;
    private final int decodeRanks;

    /** @throws IllegalArgumentException if an option is invalid */
    NodeOptions(ConfigValues options, DeclaredOptions declared) {
        this.options = options;
        this.declared = declared;
        split = options.setting("serving_strategy").map(NodeOptions::isSplit).orElse(false);
        backends = options.list("backend");
        hybrids = options.addresses("node_urls");
        prefills = options.addresses("prefill_urls");
        decodes = options.addresses("decode_urls");
        models = options.setting("models").map(NodeOptions::names).orElse(List.of());
        bootstrapPorts = options.setting("prefill_bootstrap_ports")
                .map(ConfigValue::each)
                .orElse(Stream.empty())
                .map(port -> port.whole(1, 65535, "a port, 1 to 65535"))
                .toList();
        int ranks = ranks(RANKS).orElse(1);
        prefillRanks = ranks("prefill_" + RANKS).orElse(ranks);
        decodeRanks = ranks("decode_" + RANKS).orElse(ranks);
    }

    private Optional<Integer> ranks(String option) {
        return options.setting(option).map(size -> size.whole(1, 1024, "a whole number, 1 to 1024"));
    }

    private static boolean isSplit(ConfigValue mode) {
        return switch (mode.value().toLowerCase(Locale.ROOT)) {
            case "hybrid" -> false;
            case "distserve" -> true;
            default -> throw mode.invalid("hybrid or distserve");
        };
    }

    private static List<String> names(ConfigValue models) {
        List<String> names = models.list();
        if (names.contains("")) {
            throw models.invalid("a name between any two commas");
        }
        return names;
    }

    /**
     * Sets the mode and the nodes.
     *
     * @throws IllegalArgumentException if options contradict each other
     */
    void configure(RouterSettings router) {
        if (split) {
            checkSplit();
            router.prefillDecode = true;
            pairs().forEach(router.specs::add);
        } else {
            checkHybrid();
            hybrids.forEach(url -> router.urls.add(url.toString()));
        }
    }

    private void checkHybrid() {
        String expected = "none with serving_strategy hybrid; its nodes are node_urls";
        expectNone("prefill_urls", expected);
        expectNone("decode_urls", expected);
        expectNone("models", expected);
        expectNone("prefill_bootstrap_ports", expected);
        for (String option : List.of(RANKS, "prefill_" + RANKS, "decode_" + RANKS)) {
            if (ranks(option).orElse(1) > 1) {
                expectNone(option, expected);
            }
        }
    }

    private void checkSplit() {
        expectNone("node_urls", "none with serving_strategy distserve; its nodes are prefill_urls and decode_urls");
        if (prefills.isEmpty() && decodes.isEmpty()) {
            checkNoneNamed();
        } else {
            checkNamed();
        }
    }

    private void checkNoneNamed() {
        if (declared.require(backends, "prefill_urls")) {
            throw invalid(
                    "prefill_urls",
                    "none",
                    "prefill_urls and decode_urls with distserve and " + String.join(",", backends));
        }
        expectNone("models", "none without prefill_urls and decode_urls; other nodes are asked for theirs");
        checkPorts();
    }

    private void checkNamed() {
        if (prefills.isEmpty()) {
            throw invalid("prefill_urls", "none", "some, beside decode_urls " + joined(decodes));
        }
        if (decodes.isEmpty()) {
            throw invalid("decode_urls", "none", "some, beside prefill_urls " + joined(prefills));
        }
        if (backends.isEmpty()) {
            throw invalid("backend", "none", "that of the prefill_urls and decode_urls");
        }
        checkPorts();
        checkEachOnce();
    }

    private void checkPorts() {
        if (!declared.declares(backends, "prefill_bootstrap_ports")) {
            expectNone("prefill_bootstrap_ports", "none with " + String.join(",", backends));
        }
        int ports = bootstrapPorts.size();
        if (ports > 0 && ports != prefills.size()) {
            throw invalid(
                    "prefill_bootstrap_ports", Integer.toString(ports), prefills.size() + ", one per prefill url");
        }
    }

    private void checkEachOnce() {
        firstTwice(Stream.concat(prefills.stream(), decodes.stream())).ifPresent(url -> {
            throw twice(url, prefills.contains(url), "each url");
        });
        Set<NodeAddress> prefillNodes = ranksOf(prefills, prefillRanks).collect(Collectors.toSet());
        firstTwice(Stream.concat(ranksOf(prefills, prefillRanks), ranksOf(decodes, decodeRanks)))
                .ifPresent(rank -> {
                    throw twice(rank, prefillNodes.contains(rank), "each rank");
                });
    }

    private static Optional<NodeAddress> firstTwice(Stream<NodeAddress> addresses) {
        Set<NodeAddress> seen = new HashSet<>();
        return addresses.filter(address -> !seen.add(address)).findFirst();
    }

    private static IllegalArgumentException twice(NodeAddress address, boolean prefill, String each) {
        return invalid(
                prefill ? "prefill_urls" : "decode_urls", address.toString(), each + " once, as prefill or as decode");
    }

    private static Stream<NodeAddress> ranksOf(List<NodeAddress> urls, int size) {
        return urls.stream().flatMap(url -> url.ranks(size).stream());
    }

    /** An option with an empty value counts as not given. */
    private void expectNone(String option, String expectation) {
        Optional<ConfigValue> given =
                options.setting(option).filter(setting -> !setting.value().isEmpty());
        if (given.isPresent()) {
            throw given.get().invalid(expectation);
        }
    }

    private static IllegalArgumentException invalid(String option, String value, String expectation) {
        return new ConfigValue(option, value).invalid(expectation);
    }

    private static String joined(List<NodeAddress> urls) {
        return urls.stream().map(NodeAddress::toString).collect(Collectors.joining(","));
    }

    /** The nodes of a Prefill/Decode fleet, one for each data-parallel rank. */
    private Stream<NodeSpec> pairs() {
        return Stream.concat(
                IntStream.range(0, prefills.size()).boxed().flatMap(this::prefill),
                ranksOf(decodes, decodeRanks).map(address -> node(address, Role.DECODE)));
    }

    private Stream<NodeSpec> prefill(int index) {
        Stream<NodeSpec> nodes =
                prefills.get(index).ranks(prefillRanks).stream().map(address -> node(address, Role.PREFILL));
        return bootstrapPorts.isEmpty() ? nodes : nodes.map(node -> node.withBootstrapPort(bootstrapPorts.get(index)));
    }

    private NodeSpec node(NodeAddress address, Role role) {
        return NodeSpec.of(backends.get(0), address).withRole(role).withModels(models);
    }
}
