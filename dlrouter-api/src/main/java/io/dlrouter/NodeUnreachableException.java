package io.dlrouter;

import org.jspecify.annotations.Nullable;

/** A node could not be connected to, or the connection ended before the response. */
public final class NodeUnreachableException extends RouterException {
    private final boolean mayHaveArrived;

    /** With a message for the client. */
    public NodeUnreachableException(String message) {
        this(message, null, false);
    }

    /** With a message for the client, and a cause. */
    public NodeUnreachableException(String message, @Nullable Throwable cause) {
        this(message, cause, false);
    }

    /** @param mayHaveArrived whether the request was sent, so that the node may have started to process it */
    public NodeUnreachableException(String message, @Nullable Throwable cause, boolean mayHaveArrived) {
        super(502, "node_unreachable", message, cause);
        this.mayHaveArrived = mayHaveArrived;
    }

    /** Whether the node may have started to process the request. */
    public boolean mayHaveArrived() {
        return mayHaveArrived;
    }
}
