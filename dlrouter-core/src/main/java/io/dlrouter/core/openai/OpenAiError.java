package io.dlrouter.core.openai;

import com.squareup.moshi.JsonWriter;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.ResponseNotFoundException;
import io.dlrouter.RouterException;
import io.dlrouter.UnsupportedContentCodingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import okio.Buffer;

/**
 * An error of the router's own, in OpenAI's shape. The one place where an exception becomes an HTTP response.
 *
 * @param code the word for {@code error.code} and the header {@code x-dlrouter-error}
 * @param param the member of the request that is at fault
 * @param headers all headers of the response; the type of the body and the code need not be given
 */
public record OpenAiError(
        int status, String code, String message, Optional<String> param, Map<String, String> headers) {
    /** After how many seconds a client whose request found no room may retry. */
    public static final String RETRY_AFTER_SECONDS = "1";

    public OpenAiError {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Content-Type", "application/json");
        all.put("x-dlrouter-error", code);
        headers = Map.copyOf(all);
    }

    /** What a request gets that could not be placed or answered, for this reason. */
    public static OpenAiError of(RouterException e) {
        return new OpenAiError(e.status(), e.code(), String.valueOf(e.getMessage()), param(e), headers(e));
    }

    private static Optional<String> param(RouterException e) {
        if (e instanceof ResponseNotFoundException missing) {
            return Optional.of(missing.param());
        }
        return e instanceof InvalidRequestException invalid ? invalid.param() : Optional.empty();
    }

    private static Map<String, String> headers(RouterException e) {
        if (e instanceof UnsupportedContentCodingException) {
            return Map.of("Accept-Encoding", "gzip, deflate, identity");
        }
        return isPressure(e.status()) ? retryLater() : Map.of();
    }

    /** What a request for the card of a model gets that no node serves. */
    public static OpenAiError modelNotFound(String model) {
        return new OpenAiError(
                404, "model_not_found", "The model '" + model + "' does not exist.", Optional.of("model"), Map.of());
    }

    /** What a path gets that is nobody's. */
    public static OpenAiError notFound(String path) {
        return new OpenAiError(404, "not_found", "No such route: " + path, Optional.empty(), Map.of());
    }

    /**
     * What a path gets that is asked for with the wrong method.
     *
     * @param allowed the right ones, with commas between them
     */
    public static OpenAiError methodNotAllowed(String method, String path, String allowed) {
        return new OpenAiError(
                405,
                "method_not_allowed",
                method + " " + path + " (expected: " + allowed + ")",
                Optional.empty(),
                Map.of("Allow", allowed));
    }

    /** What a request gets that the router itself failed to serve. Why is for the log to say. */
    public static OpenAiError internal() {
        return new OpenAiError(
                500, "internal_error", "The router failed; its log says why", Optional.empty(), Map.of());
    }

    /** Whether a status says that the same request may succeed later. */
    public static boolean isPressure(int status) {
        return status == 429 || status == 503;
    }

    /** The header that says when a request may be retried. */
    public static Map<String, String> retryLater() {
        return Map.of("Retry-After", RETRY_AFTER_SECONDS);
    }

    /** The response's body. */
    public byte[] json() {
        Buffer buffer = new Buffer();
        try (JsonWriter json = JsonWriter.of(buffer)) {
            json.setSerializeNulls(true);
            json.beginObject().name("error").beginObject();
            json.name("message").value(message);
            json.name("type").value(type());
            json.name("param").value(param.orElse(null));
            json.name("code").value(code);
            json.endObject().endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.readByteArray();
    }

    private String type() {
        if (status == 429) {
            return "rate_limit_error";
        }
        return status < 500 ? "invalid_request_error" : "server_error";
    }
}
