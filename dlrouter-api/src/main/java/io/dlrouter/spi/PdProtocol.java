package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.util.Set;

/**
 * Splits a request between a prefill node, which computes the KV cache of the prompt, and a decode node, which fetches
 * the cache and generates the response. A protocol describes the request to each node. The router sends them and owns
 * their order, leases, time limits and retries. All methods are pure functions of the request and the nodes, so a
 * protocol is safe for use by many threads.
 */
@Experimental
public sealed interface PdProtocol permits TwoStage, DualDispatch {

    /** The paths of requests that it splits. */
    default Set<String> routes() {
        return Set.of("/v1/chat/completions", "/v1/completions");
    }

    /**
     * Whether a decode node alone serves requests of a path that is not in {@link #routes()}, like a node outside a
     * Prefill/Decode fleet. By default it does not, and such requests are rejected.
     *
     * @param route a path without query and trailing slash; an id in it is {@code {id}}
     */
    default boolean servesUnsplit(String route, NodeSpec decode) {
        return false;
    }

    /** The roles that a request needs. A fleet without one of them serves no request. */
    default Set<Role> roles() {
        return Set.of(Role.PREFILL, Role.DECODE);
    }

    /** Members of an engine's response that no client may see. */
    Set<String> hiddenMembers();
}
