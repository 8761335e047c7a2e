package io.dlrouter;

/**
 * Every node that could serve the request is at its limit, and the admission queue is full. The request may be sent
 * again later.
 */
public final class TooManyRequestsException extends RouterException {
    /** With a message for the client. */
    public TooManyRequestsException(String message) {
        super(429, "too_many_requests", message, null);
    }
}
