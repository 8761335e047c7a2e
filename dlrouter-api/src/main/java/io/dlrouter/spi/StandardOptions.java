package io.dlrouter.spi;

import java.util.List;

/**
 * Options that the router itself reads and that have a meaning with some backends only. A backend declares those that
 * apply to it among {@link BackendAdapter.Provider#options}: the gateway then lists them with it, and refuses them with
 * backends that do not declare them.
 */
public final class StandardOptions {
    /** Prefill nodes that are known at the start. */
    public static final BackendOption PREFILL_URLS = BackendOption.list("prefill_urls", "<url,...>", "Prefill nodes");

    /** Decode nodes that are known at the start. */
    public static final BackendOption DECODE_URLS = BackendOption.list("decode_urls", "<url,...>", "Decode nodes");

    /** The models of these nodes. */
    public static final BackendOption MODELS =
            BackendOption.list("models", "<name,...>", "Models of the prefill and decode nodes");

    /** The port of each prefill node at which decode nodes fetch KV caches; see {@code NodeSpec.bootstrapPort}. */
    public static final BackendOption PREFILL_BOOTSTRAP_PORTS = BackendOption.list(
            "prefill_bootstrap_ports", "<port,...>", "Bootstrap port of each prefill node, in the order of their URLs");

    /** The number of data-parallel ranks behind each URL, for all roles and for each role. */
    public static final List<BackendOption> DATA_PARALLEL_SIZES = List.of(
            BackendOption.of(
                            "intra_node_data_parallel_size",
                            "<n>",
                            "Data-parallel ranks behind each URL, from 0 on or from the rank of a URL such as"
                                    + " http://host:8000@4 on")
                    .withDefault("1"),
            BackendOption.of("prefill_intra_node_data_parallel_size", "<n>", "The same for prefill URLs alone"),
            BackendOption.of("decode_intra_node_data_parallel_size", "<n>", "The same for decode URLs alone"));

    private StandardOptions() {}
}
