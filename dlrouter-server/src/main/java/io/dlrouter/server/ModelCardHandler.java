package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.Router;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.core.openai.ModelList;
import io.dlrouter.core.openai.OpenAiError;
import io.dlrouter.server.http.ApiKeys;
import io.dlrouter.server.http.ErrorResponse;
import io.dlrouter.server.http.RequestPath;
import io.dlrouter.server.http.UnreadBody;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The Jetty handler of {@code GET /v1/models/{id}}. The name of a model has slashes, plain or encoded; a path with an
 * encoded slash is rejected everywhere else, because its readers could take it for different paths.
 */
final class ModelCardHandler extends Handler.Wrapper {
    private final Router router;
    private final ApiKeys keys;
    private final long startedAt = System.currentTimeMillis() / 1000;

    ModelCardHandler(Router router, ApiKeys keys) {
        this.router = router;
        this.keys = keys;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Optional<String> model = isRead(request) ? InferencePaths.modelId(RequestPath.of(request)) : Optional.empty();
        if (model.isPresent()) {
            respond(decoded(model.get()), request, response, callback);
            return true;
        }
        if (request.getHttpURI().hasViolation(UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR)) {
            ErrorResponse.invalidRequest("Ambiguous path (expected: one without an encoded slash)", null)
                    .send(request, response, callback);
            return true;
        }
        return super.handle(request, response, callback);
    }

    private static boolean isRead(Request request) {
        return HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod());
    }

    /** What Jetty has left encoded. */
    private static String decoded(String id) {
        try {
            return URLDecoder.decode(id.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            return id;
        }
    }

    private void respond(String model, Request request, Response response, Callback callback) {
        if (!keys.accept(request.getHeaders().get(HttpHeader.AUTHORIZATION))) {
            ErrorResponse.unauthorized().send(request, response, callback);
            return;
        }
        Optional<String> card = ModelList.card(router.models(), model, startedAt);
        if (card.isEmpty()) {
            new ErrorResponse(OpenAiError.modelNotFound(model)).send(request, response, callback);
            return;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(card.get().getBytes(UTF_8)), UnreadBody.drainBefore(callback, request));
    }
}
