package io.dlrouter;

/** The router was closed before the response was complete. */
public final class RouterClosedException extends RouterException {
    /** With a message for the client. */
    public RouterClosedException(String message) {
        super(503, "shutting_down", message, null);
    }
}
