package io.dlrouter.server.inference;

import io.dlrouter.Router;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.server.http.ErrorResponse;
import io.dlrouter.server.http.RequestPath;
import io.dlrouter.server.http.ServerSettings;
import io.dlrouter.server.http.UnreadBody;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The Jetty handler of the inference routes. It stands before Javalin's servlet and writes to Jetty itself: the
 * layers between them cost as much as the rest of a request. The thread that Jetty gives it blocks until the
 * response is relayed.
 */
public final class InferenceHandler extends Handler.Wrapper {
    private final Router router;
    private final ServerSettings settings;
    private final OpenRequests open;
    private final RejectedRequests rejected;

    public InferenceHandler(Router router, ServerSettings settings, OpenRequests open, RejectedRequests rejected) {
        this.router = router;
        this.settings = settings;
        this.open = open;
        this.rejected = rejected;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = RequestPath.of(request);
        if (!InferencePaths.isRouted(request.getMethod(), path)) {
            return super.handle(request, response, UnreadBody.drainBefore(callback, request));
        }
        Optional<ErrorResponse> unauthorized = unauthorized(request);
        if (unauthorized.isPresent()) {
            rejected.reject(unauthorized.get(), request, response, callback);
            return true;
        }
        try (OpenRequests.Permit permit = open.admit()) {
            if (permit.rejection().isPresent()) {
                rejected.reject(permit.rejection().get(), request, response, callback);
                return true;
            }
            request.addIdleTimeoutListener(timeout -> false); // a client that waits for its response is idle
            new InferenceExchange(router, settings, rejected, permit, request, response, callback)
                    .serve(withQuery(path, request));
        }
        return true;
    }

    /** A request for an explanation needs the key of an administrator, which opens the inference routes too. */
    private Optional<ErrorResponse> unauthorized(Request request) {
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (ResponseHead.isExplanationRequested(request)) {
            return settings.adminKeys().accept(authorization)
                    ? Optional.empty()
                    : Optional.of(ErrorResponse.unauthorizedToAskWhy());
        }
        return settings.apiKeys().accept(authorization) ? Optional.empty() : Optional.of(ErrorResponse.unauthorized());
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.BLOCKING;
    }

    private static String withQuery(String path, Request request) {
        String query = request.getHttpURI().getQuery();
        return query == null ? path : path + "?" + query;
    }
}
