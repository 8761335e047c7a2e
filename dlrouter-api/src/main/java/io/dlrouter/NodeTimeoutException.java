package io.dlrouter;

import org.jspecify.annotations.Nullable;

/** A node was silent for longer than a limit allows. The message names the limit. */
public final class NodeTimeoutException extends RouterException {
    /** With a message for the client. */
    public NodeTimeoutException(String message) {
        this(message, null);
    }

    /** With a message for the client, and what it came from. */
    public NodeTimeoutException(String message, @Nullable Throwable cause) {
        super(504, "node_timeout", message, cause);
    }
}
