package io.dlrouter;

/** Every node that could take the request is at its limit, and no more requests may wait. To be tried again later. */
public final class TooManyRequestsException extends RouterException {
    /** With a message for the client. */
    public TooManyRequestsException(String message) {
        super(429, "too_many_requests", message, null);
    }
}
