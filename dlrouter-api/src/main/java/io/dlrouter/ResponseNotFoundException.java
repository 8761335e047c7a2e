package io.dlrouter;

/** The router does not know which node holds the state of a response, or that node has left the fleet. */
public final class ResponseNotFoundException extends RouterException {
    private final String param;

    /** With a message for the client, and the parameter that names the response. */
    public ResponseNotFoundException(String message, String param) {
        super(404, "response_not_found", message, null);
        this.param = param;
    }

    /** The parameter that names the response, such as {@code previous_response_id}. */
    public String param() {
        return param;
    }
}
