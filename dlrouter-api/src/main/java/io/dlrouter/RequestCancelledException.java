package io.dlrouter;

/** The caller cancelled the request before the response was complete. */
public final class RequestCancelledException extends RouterException {
    /** With a message for the client. */
    public RequestCancelledException(String message) {
        super(499, "request_cancelled", message, null);
    }
}
