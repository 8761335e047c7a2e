package io.dlrouter;

import org.jspecify.annotations.Nullable;

/** No connection to a node, or one that ended before the node answered. */
public final class NodeUnreachableException extends RouterException {
    private final boolean mayHaveArrived;

    /** With a message for the client. */
    public NodeUnreachableException(String message) {
        this(message, null, false);
    }

    /** With a message for the client, and what it came from. */
    public NodeUnreachableException(String message, @Nullable Throwable cause) {
        this(message, cause, false);
    }

    /** @param mayHaveArrived whether the request was sent, so that the node may have begun to work on it */
    public NodeUnreachableException(String message, @Nullable Throwable cause, boolean mayHaveArrived) {
        super(502, "node_unreachable", message, cause);
        this.mayHaveArrived = mayHaveArrived;
    }

    /** Whether the node may have begun to work on the request; false if it surely has not. */
    public boolean mayHaveArrived() {
        return mayHaveArrived;
    }
}
