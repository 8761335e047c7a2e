package io.dlrouter.server;

import io.dlrouter.RouterException;
import io.dlrouter.core.openai.ApiDialect;
import io.dlrouter.core.openai.Explanation;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.core.openai.OpenAiError;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** An error of the router's own, as the gateway answers it. The one place where a refusal becomes a status. */
record ErrorBody(OpenAiError error) {
    /** The header that names a request; an answer has that of the client. */
    static final String REQUEST_ID = "X-Request-Id";

    private ErrorBody(int status, String code, String message, Optional<String> param, Map<String, String> headers) {
        this(new OpenAiError(status, code, message, param, headers));
    }

    static ErrorBody of(RouterException e) {
        return new ErrorBody(OpenAiError.of(e));
    }

    static ErrorBody invalidRequest(String message, @Nullable String param) {
        return new ErrorBody(400, "invalid_request", message, Optional.ofNullable(param), Map.of());
    }

    /** A body that broke off, or is not framed as HTTP has it. */
    static ErrorBody unreadableBody(IOException e) {
        Object reason = e.getCause() instanceof TimeoutException ? "nothing more came in time" : e.getMessage();
        return invalidRequest("The body could not be read to its end: " + reason + ".", null);
    }

    static ErrorBody unauthorized() {
        return new ErrorBody(
                401,
                "invalid_api_key",
                "API key missing or wrong (expected: Authorization: Bearer <key>)",
                Optional.empty(),
                Map.of("WWW-Authenticate", "Bearer"));
    }

    static ErrorBody unauthorizedToAskWhy() {
        return new ErrorBody(
                401,
                "invalid_api_key",
                Explanation.QUESTION + ": 1 without an admin key (expected: Authorization: Bearer <admin key>)",
                Optional.empty(),
                Map.of("WWW-Authenticate", "Bearer"));
    }

    static ErrorBody notFound(String path) {
        return new ErrorBody(OpenAiError.notFound(path));
    }

    static ErrorBody nodeNotFound(String url) {
        return new ErrorBody(404, "node_not_found", "No such node: " + url, Optional.of("url"), Map.of());
    }

    static ErrorBody methodNotAllowed(String method, String path, String allowed) {
        return new ErrorBody(OpenAiError.methodNotAllowed(method, path, allowed));
    }

    static ErrorBody requestTooLarge(int limit) {
        return new ErrorBody(
                413,
                "request_too_large",
                "Body too large (expected: at most " + limit + " bytes)",
                Optional.empty(),
                Map.of());
    }

    static ErrorBody tooManyRequests(int limit) {
        return new ErrorBody(
                429,
                "too_many_requests",
                "The router serves " + limit + " requests already",
                Optional.empty(),
                OpenAiError.retryLater());
    }

    static ErrorBody shuttingDown() {
        Map<String, String> headers = new LinkedHashMap<>(OpenAiError.retryLater());
        headers.put("Connection", "close");
        return new ErrorBody(503, "shutting_down", "The router is shutting down", Optional.empty(), headers);
    }

    static ErrorBody internal() {
        return new ErrorBody(OpenAiError.internal());
    }

    /** An error that the HTTP server found before any route was chosen, such as a malformed request line. */
    static ErrorBody ofServer(int status, String message) {
        return new ErrorBody(
                status, status < 500 ? "invalid_request" : "internal_error", message, Optional.empty(), Map.of());
    }

    int status() {
        return error.status();
    }

    String code() {
        return error.code();
    }

    /** All headers of the answer. */
    Map<String, String> headers() {
        return error.headers();
    }

    /** The answer's body, in the shape that the clients of a path expect. */
    byte[] json(String path) {
        return ApiDialect.of(path).errorBody(error);
    }

    /** Answers with this error, on one of Javalin's routes. */
    void send(Context ctx) {
        ctx.status(status()).result(json(InferencePaths.singleSlashes(ctx.path())));
        headers().forEach(ctx::header);
    }

    /** Answers with this error, on a route that is served on Jetty itself, however much the client still sends. */
    void send(Request request, Response response, Callback callback) {
        response.setStatus(status());
        headers().forEach(response.getHeaders()::put);
        Optional.ofNullable(request.getHeaders().get(REQUEST_ID))
                .ifPresent(id -> response.getHeaders().put(REQUEST_ID, id));
        response.write(
                true,
                ByteBuffer.wrap(json(InferenceHandler.path(request))),
                Callback.from(() -> RestOfBody.drop(request, callback), callback::failed));
    }
}
