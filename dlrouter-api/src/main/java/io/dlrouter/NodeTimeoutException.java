package io.dlrouter;

import org.jspecify.annotations.Nullable;

/** A node exceeded a time limit. The message names the limit. */
public final class NodeTimeoutException extends RouterException {
    /** With a message for the client. */
    public NodeTimeoutException(String message) {
        this(message, null);
    }

    /** With a message for the client, and a cause. */
    public NodeTimeoutException(String message, @Nullable Throwable cause) {
        super(504, "node_timeout", message, cause);
    }
}
