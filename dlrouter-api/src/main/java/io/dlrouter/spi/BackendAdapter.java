package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What is particular to one kind of engine. Describes, and performs nothing: no method does I/O or keeps state, so an
 * adapter is safe for use by many threads. What has to run beside the requests is a {@link NodeDiscovery} or
 * {@link NodeLinks}.
 */
public interface BackendAdapter {

    /** The name that configuration and nodes give, such as {@code vllm}. */
    String name();

    /** Reads the engine's answer to {@code GET /health}, given when it was an answer at all. */
    Health health(int status, String body);

    /**
     * Names of top-level members of a request's body that only the router may set, such as those of {@link #prefillDecode}:
     * they make an engine fetch from, wait for, or free what they name. The router removes them from the request of every
     * client, in every mode and whatever kind of engine the request goes to, before it sets any itself. Not those that a
     * client may set. Always the same; none by default.
     */
    default Set<String> reservedMembers() {
        return Set.of();
    }

    /**
     * Names of request headers that only the router may set, in any case of letters; removed as {@link #reservedMembers}
     * are. Includes all names that {@link #headers} ever sets. By default the {@code X-data-parallel-rank} that
     * {@link #headers} sets by default.
     */
    default Set<String> reservedHeaders() {
        return Set.of("X-data-parallel-rank");
    }

    /**
     * Headers to set on a request for this node, in place of the client's. The data-parallel rank of a node goes into
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
     * Where an engine says what it is, beside its health and its models: asked in this order until one is known to it.
     * Empty if nowhere.
     */
    default List<String> descriptionPaths() {
        return List.of();
    }

    /**
     * A node as its engine describes it: completed, and corrected where the engine knows better.
     *
     * @param description the engine's answer to a {@code GET} of one of {@link #descriptionPaths()}
     * @throws IllegalArgumentException if the engine is not what the node is registered as; the node is then not
     *     routable, and the message says why
     */
    default NodeSpec described(NodeSpec node, String description) {
        return node;
    }

    /**
     * Where an engine says how much its KV cache holds. Asked once for each engine, and only if a strategy goes by it: an
     * answer may be costly for an engine under load. Empty if it says that nowhere.
     */
    default Optional<String> cachePath() {
        return Optional.empty();
    }

    /**
     * How many tokens the KV cache of an engine holds.
     *
     * @param response the engine's to a {@code GET} of {@link #cachePath()}
     * @return empty if that does not say so
     */
    default OptionalLong cacheTokens(String response) {
        return OptionalLong.empty();
    }

    /** How this kind of engine splits a request between two nodes; empty if it does not. */
    default Optional<PdProtocol> prefillDecode() {
        return Optional.empty();
    }

    /** What finds the nodes of a Prefill/Decode fleet when none are configured; empty if they are to be registered. */
    default Optional<NodeDiscovery> discovery() {
        return Optional.empty();
    }

    /**
     * New links between the nodes of a Prefill/Decode fleet, for the caller to close; empty if nodes need none.
     *
     * @param client what calls the nodes; the caller's to close, after the links
     * @param clock the router's time, for whatever the links measure or wait for; the caller's to close, after the links
     */
    default Optional<NodeLinks> links(NodeClient client, RouterClock clock) {
        return Optional.empty();
    }

    /** What a probe says of an engine. */
    enum Health {
        /** It serves requests. */
        SERVING,
        /** It lives but does not serve at the moment: it starts, or sleeps. This is no failure. */
        WAITING,
        /** It says that it is broken. */
        FAILING
    }

    /** Makes an adapter by its name. Found by {@link java.util.ServiceLoader}. */
    interface Provider {

        /** The name that configuration gives, unique among all providers. */
        String name();

        /**
         * The options that its adapters read and that the gateway does not know by itself, in the order of
         * {@code --help}; always the same.
         */
        default List<BackendOption> options() {
            return List.of();
        }

        /**
         * A new adapter.
         *
         * @param options by the names of the command line, without dashes
         * @throws IllegalArgumentException if an option has no meaning for it
         */
        BackendAdapter create(Map<String, String> options);
    }
}
