package io.dlrouter;

import org.jspecify.annotations.Nullable;

/** A node answered with something that is no answer, or broke off in the middle of one. */
public final class BadNodeResponseException extends RouterException {
    /** With a message for the client. */
    public BadNodeResponseException(String message) {
        this(message, null);
    }

    /** With a message for the client, and what it came from. */
    public BadNodeResponseException(String message, @Nullable Throwable cause) {
        super(502, "bad_node_response", message, cause);
    }
}
