package io.dlrouter.server.http;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Jetty's error handler for requests that fail before a route is selected; the response has the shape of all other
 * errors.
 */
public final class JsonErrorHandler extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        errorOf(response.getStatus(), String.valueOf(request.getAttribute(ERROR_MESSAGE)))
                .send(request, response, callback);
        return true;
    }

    private static ErrorResponse errorOf(int status, String message) {
        if (status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505) {
            return badRequestLine(message);
        }
        return status < 500 ? ErrorResponse.ofServer(status, message) : ErrorResponse.internal();
    }

    /** Jetty reports a missing version also for a target that is empty or contains a line feed. */
    private static ErrorResponse badRequestLine(String message) {
        return ErrorResponse.invalidRequest(
                "Bad request line: " + message + " (expected: <method> <target> HTTP/1.1)", null);
    }
}
