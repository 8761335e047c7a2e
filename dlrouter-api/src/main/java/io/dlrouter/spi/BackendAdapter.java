package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Describes one kind of engine. No method does I/O or keeps state, so an adapter is safe for use by many threads.
 * Background work belongs in a {@link NodeDiscovery} or {@link NodeLinks}.
 */
public interface BackendAdapter {

    /** The name in configuration and in nodes, such as {@code vllm}. */
    String name();

    /** The meaning of the engine's response to {@code GET /health}. */
    Health health(int status, String body);

    /**
     * Names of top-level members of a request body that only the router may set, such as those of {@link
     * #prefillDecode}: they make an engine fetch from, wait for, or free what they name. The router removes them from
     * each client request, in every mode and for every kind of engine, before it sets its own. Constant; empty by
     * default.
     */
    default Set<String> reservedMembers() {
        return Set.of();
    }

    /**
     * Names of request headers that only the router may set, in any case of letters; removed as {@link
     * #reservedMembers}. Includes all names that {@link #headers} may set. By default {@code X-data-parallel-rank},
     * which {@link #headers} sets by default.
     */
    default Set<String> reservedHeaders() {
        return Set.of("X-data-parallel-rank");
    }

    /**
     * Headers to set on each request to this node, in place of the client's. By default the data-parallel rank in
     * {@code X-data-parallel-rank}, which vLLM and SGLang read.
     */
    default Map<String, String> headers(NodeSpec node) {
        return node.address().dpRank().isPresent()
                ? Map.of(
                        "X-data-parallel-rank",
                        Integer.toString(node.address().dpRank().getAsInt()))
                : Map.of();
    }

    /**
     * Routes with a description of the engine, in addition to health and models. They are requested in this order until
     * one exists. Empty if there is none.
     */
    default List<String> descriptionPaths() {
        return List.of();
    }

    /**
     * A node, completed and corrected by the description of its engine.
     *
     * @param description the engine's response to a {@code GET} of one of {@link #descriptionPaths()}
     * @throws IllegalArgumentException if the engine does not match the registration; the node is then not routable,
     *     and the message is shown as the reason
     */
    default NodeSpec described(NodeSpec node, String description) {
        return node;
    }

    /**
     * The route with the size of the KV cache. Requested once for each engine process, and only if a strategy uses it,
     * because the response may be expensive for a busy engine. Empty if there is none.
     */
    default Optional<String> cachePath() {
        return Optional.empty();
    }

    /**
     * The size of an engine's KV cache, in tokens.
     *
     * @param response the engine's response to a {@code GET} of {@link #cachePath()}
     * @return empty if the response does not contain it
     */
    default OptionalLong cacheTokens(String response) {
        return OptionalLong.empty();
    }

    /** The protocol that splits a request between two nodes; empty if this kind of engine has none. */
    default Optional<PdProtocol> prefillDecode() {
        return Optional.empty();
    }

    /** Finds the nodes of a Prefill/Decode fleet when none are configured; empty if nodes have to be registered. */
    default Optional<NodeDiscovery> discovery() {
        return Optional.empty();
    }

    /**
     * New links between the nodes of a Prefill/Decode fleet, closed by the caller; empty if nodes need none.
     *
     * @param client sends calls to nodes; closed by the caller after the links
     * @param clock the router's time; closed by the caller after the links
     */
    default Optional<NodeLinks> links(NodeClient client, RouterClock clock) {
        return Optional.empty();
    }

    /** The result of a health probe. */
    enum Health {
        /** The engine serves requests. */
        SERVING,
        /** The engine lives but does not serve at the moment: it starts or sleeps. Not a failure. */
        WAITING,
        /** The engine reports a failure. */
        FAILING
    }

    /** Creates adapters. Found by {@link java.util.ServiceLoader}. */
    interface Provider {

        /** The name in configuration, unique among all providers. */
        String name();

        /** The options of its adapters, in the order of {@code --help}. Constant; empty by default. */
        default List<BackendOption> options() {
            return List.of();
        }

        /**
         * A new adapter.
         *
         * @param options by their names on the command line, without dashes
         * @throws IllegalArgumentException if an option is invalid
         */
        BackendAdapter create(Map<String, String> options);
    }
}
