package io.dlrouter;

import org.jspecify.annotations.Nullable;

/** A node sent an invalid response, or its response broke off. */
public final class BadNodeResponseException extends RouterException {
    /** With a message for the client. */
    public BadNodeResponseException(String message) {
        this(message, null);
    }

    /** With a message for the client, and a cause. */
    public BadNodeResponseException(String message, @Nullable Throwable cause) {
        super(502, "bad_node_response", message, cause);
    }
}
