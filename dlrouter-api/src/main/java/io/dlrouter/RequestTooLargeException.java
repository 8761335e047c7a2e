package io.dlrouter;

/** The body is larger than the router accepts. */
public final class RequestTooLargeException extends RouterException {
    /** With a message for the client. */
    public RequestTooLargeException(String message) {
        super(413, "request_too_large", message, null);
    }
}
