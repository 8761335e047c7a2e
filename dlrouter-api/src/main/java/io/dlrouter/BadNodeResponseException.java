package io.dlrouter;

import org.jspecify.annotations.Nullable;

/** A node answered with something that is no answer, or broke off in the middle of one. */
public final class BadNodeResponseException extends RouterException {
    public BadNodeResponseException(String message) {
        this(message, null);
    }

    public BadNodeResponseException(String message, @Nullable Throwable cause) {
        super(502, "bad_node_response", message, cause);
    }
}
