package io.dlrouter.server;

import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty finds wrong with a request before a route is chosen, in the shape of all other errors. */
final class JsonErrors extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        Object message = request.getAttribute(ERROR_MESSAGE);
        ErrorBody error =
                status < 500 && message != null ? ErrorBody.ofServer(status, message.toString()) : ErrorBody.internal();
        error.send(request, response, callback);
        return true;
    }
}
