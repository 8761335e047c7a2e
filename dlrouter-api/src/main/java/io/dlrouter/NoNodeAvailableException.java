package io.dlrouter;

/**
 * The model is known, but each of its nodes is starting, draining or ejected; or no node is registered, or none has
 * reported its models yet.
 */
public final class NoNodeAvailableException extends RouterException {
    /** With a message for the client. */
    public NoNodeAvailableException(String message) {
        super(503, "no_node_available", message, null);
    }
}
