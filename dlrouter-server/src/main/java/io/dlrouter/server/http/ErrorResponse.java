package io.dlrouter.server.http;

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

/** An error of the router as an HTTP response. All errors of the gateway get their status and code here. */
public record ErrorResponse(OpenAiError error) {
    /** The request header with the id of a request, which is returned in the response. */
    public static final String REQUEST_ID = "X-Request-Id";

    private ErrorResponse(
            int status, String code, String message, Optional<String> param, Map<String, String> headers) {
        this(new OpenAiError(status, code, message, param, headers));
    }

    public static ErrorResponse of(RouterException e) {
        return new ErrorResponse(OpenAiError.of(e));
    }

    public static ErrorResponse invalidRequest(String message, @Nullable String param) {
        return new ErrorResponse(400, "invalid_request", message, Optional.ofNullable(param), Map.of());
    }

    /** A body that failed, or is not framed as HTTP has it. */
    public static ErrorResponse unreadableBody(IOException e) {
        Object reason = e.getCause() instanceof TimeoutException ? "nothing more came in time" : e.getMessage();
        return invalidRequest("The body could not be read to its end: " + reason + ".", null);
    }

    public static ErrorResponse unauthorized() {
        return new ErrorResponse(
                401,
                "invalid_api_key",
                "API key missing or wrong (expected: Authorization: Bearer <key>)",
                Optional.empty(),
                Map.of("WWW-Authenticate", "Bearer"));
    }

    public static ErrorResponse unauthorizedToAskWhy() {
        return new ErrorResponse(
                401,
                "invalid_api_key",
                Explanation.QUESTION + ": 1 without an admin key (expected: Authorization: Bearer <admin key>)",
                Optional.empty(),
                Map.of("WWW-Authenticate", "Bearer"));
    }

    static ErrorResponse notFound(String path) {
        return new ErrorResponse(OpenAiError.notFound(path));
    }

    public static ErrorResponse nodeNotFound(String url) {
        return new ErrorResponse(404, "node_not_found", "No such node: " + url, Optional.of("url"), Map.of());
    }

    static ErrorResponse methodNotAllowed(String method, String path, String allowed) {
        return new ErrorResponse(OpenAiError.methodNotAllowed(method, path, allowed));
    }

    public static ErrorResponse requestTooLarge(int limit) {
        return new ErrorResponse(
                413,
                "request_too_large",
                "Body too large (expected: at most " + limit + " bytes)",
                Optional.empty(),
                Map.of());
    }

    public static ErrorResponse tooManyRequests(int limit) {
        return new ErrorResponse(
                429,
                "too_many_requests",
                "The router serves " + limit + " requests already",
                Optional.empty(),
                OpenAiError.retryLater());
    }

    public static ErrorResponse shuttingDown() {
        Map<String, String> headers = new LinkedHashMap<>(OpenAiError.retryLater());
        headers.put("Connection", "close");
        return new ErrorResponse(503, "shutting_down", "The router is shutting down", Optional.empty(), headers);
    }

    public static ErrorResponse internal() {
        return new ErrorResponse(OpenAiError.internal());
    }

    /** An error of the HTTP server before a route is selected, such as a malformed request line. */
    static ErrorResponse ofServer(int status, String message) {
        return new ErrorResponse(
                status, status < 500 ? "invalid_request" : "internal_error", message, Optional.empty(), Map.of());
    }

    public int status() {
        return error.status();
    }

    public String code() {
        return error.code();
    }

    /** All headers of the response. */
    public Map<String, String> headers() {
        return error.headers();
    }

    /** The body of the response, in the shape that the clients of a path expect. */
    public byte[] json(String path) {
        return ApiDialect.of(path).errorBody(error);
    }

    /** Responses with this error, on one of Javalin's routes. */
    public void send(Context ctx) {
        ctx.status(status()).result(json(InferencePaths.singleSlashes(ctx.path())));
        headers().forEach(ctx::header);
    }

    /** Responses with this error, on a route that is served on Jetty itself, however much the client still sends. */
    public void send(Request request, Response response, Callback callback) {
        response.setStatus(status());
        headers().forEach(response.getHeaders()::put);
        Optional.ofNullable(request.getHeaders().get(REQUEST_ID))
                .ifPresent(id -> response.getHeaders().put(REQUEST_ID, id));
        response.write(
                true,
                ByteBuffer.wrap(json(RequestPath.of(request))),
                Callback.from(() -> UnreadBody.drain(request, callback), callback::failed));
    }
}
