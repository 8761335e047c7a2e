package io.dlrouter.backend.lmdeploy;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.util.Locale;

/**
 * One side of a link.
 *
 * @param role what it is in the link: {@link Role#PREFILL} or {@link Role#DECODE}
 */
record Engine(Role role, NodeSpec node) {

    /** What engines know each other by: the URL as the node table has it, which one of them binds a socket to. */
    static String id(NodeSpec node) {
        return node.address().url().toString();
    }

    String id() {
        return id(node);
    }

    /** The engine as a message names it. */
    @Override
    public String toString() {
        return role.name().toLowerCase(Locale.ROOT) + " node " + id();
    }
}
