package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.util.Set;

/**
 * How one kind of engine splits a request between a prefill node, which reads the prompt, and a decode node, which
 * takes the KV cache over and gives the answer. A protocol describes what goes to which node; the router sends it, and
 * owns the order, the places, the limits and what is tried again. Pure functions of the request and the nodes: no
 * method does I/O or keeps state, so a protocol is safe for use by many threads.
 */
@Experimental
public sealed interface PdProtocol permits TwoStage, DualDispatch {

    /** The paths of the requests that it splits. */
    default Set<String> routes() {
        return Set.of("/v1/chat/completions", "/v1/completions");
    }

    /**
     * Whether a decode node by itself serves the requests of a path that is not among {@link #routes()}: as a node does
     * that is not part of a Prefill/Decode fleet. By default it does not, and such requests are rejected.
     *
     * @param route a path without query and trailing slash; an id in it is {@code {id}}
     */
    default boolean servesUnsplit(String route, NodeSpec decode) {
        return false;
    }

    /** The roles of the nodes that a request needs. A fleet that lacks one of them serves none. */
    default Set<Role> roles() {
        return Set.of(Role.PREFILL, Role.DECODE);
    }

    /** Members of an engine's answer that are between engines and router, and that no client may see. */
    Set<String> hiddenMembers();
}
