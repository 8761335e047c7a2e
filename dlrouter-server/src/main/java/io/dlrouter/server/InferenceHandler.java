package io.dlrouter.server;

import io.dlrouter.Router;
import io.dlrouter.core.openai.InferencePaths;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Serves the inference routes. It stands before Javalin's servlet and writes to Jetty itself: the layers between cost
 * as much as the rest of the way of a request. The thread that Jetty gives it blocks until the answer is relayed.
 */
final class InferenceHandler extends Handler.Wrapper {
    private final Router router;
    private final ServerSettings settings;
    private final OpenRequests open;
    private final Refusals refusals;

    InferenceHandler(Router router, ServerSettings settings, OpenRequests open, Refusals refusals) {
        this.router = router;
        this.settings = settings;
        this.open = open;
        this.refusals = refusals;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = path(request);
        if (!HttpMethod.POST.is(request.getMethod()) || !InferencePaths.contains(path)) {
            return super.handle(request, response, RestOfBody.before(callback, request));
        }
        Optional<ErrorBody> stranger = unauthorized(request);
        if (stranger.isPresent()) {
            refusals.refuse(stranger.get(), request, response, callback);
            return true;
        }
        try (OpenRequests.Permit permit = open.enter()) {
            if (permit.refusal().isPresent()) {
                refusals.refuse(permit.refusal().get(), request, response, callback);
                return true;
            }
            request.addIdleTimeoutListener(timeout -> false); // a client that waits for its answer is silent
            new InferenceExchange(router, settings, refusals, permit, request, response, callback)
                    .serve(withQuery(path, request));
        }
        return true;
    }

    /** How the router chooses is for an administrator to see, whose key then opens the inference routes too. */
    private Optional<ErrorBody> unauthorized(Request request) {
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (AnswerHead.isExplanationAsked(request)) {
            return settings.adminKeys().accept(authorization)
                    ? Optional.empty()
                    : Optional.of(ErrorBody.unauthorizedToAskWhy());
        }
        return settings.apiKeys().accept(authorization) ? Optional.empty() : Optional.of(ErrorBody.unauthorized());
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.BLOCKING;
    }

    /** The path of a request, without its query; empty if the request line names none. */
    static String path(Request request) {
        return InferencePaths.singleSlashes(
                Objects.requireNonNullElse(request.getHttpURI().getCanonicalPath(), ""));
    }

    private static String withQuery(String path, Request request) {
        String query = request.getHttpURI().getQuery();
        return query == null ? path : path + "?" + query;
    }
}
