package io.dlrouter.server;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty finds wrong with a request before a route is chosen, in the shape of all other errors. */
final class JsonErrors extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        errorOf(response.getStatus(), String.valueOf(request.getAttribute(ERROR_MESSAGE)))
                .send(request, response, callback);
        return true;
    }

    private static ErrorBody errorOf(int status, String message) {
        if (status == HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505) {
            return badRequestLine(message);
        }
        return status < 500 ? ErrorBody.ofServer(status, message) : ErrorBody.internal();
    }

    /** Jetty misses a version also where the target is empty or broken by a line feed. */
    private static ErrorBody badRequestLine(String message) {
        return ErrorBody.invalidRequest(
                "Bad request line: " + message + " (expected: <method> <target> HTTP/1.1)", null);
    }
}
