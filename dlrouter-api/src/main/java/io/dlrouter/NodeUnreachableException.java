package io.dlrouter;

import org.jspecify.annotations.Nullable;

/** No connection to a node, or one that ended before the node answered. */
public final class NodeUnreachableException extends RouterException {
    public NodeUnreachableException(String message) {
        this(message, null);
    }

    public NodeUnreachableException(String message, @Nullable Throwable cause) {
        super(502, "node_unreachable", message, cause);
    }
}
