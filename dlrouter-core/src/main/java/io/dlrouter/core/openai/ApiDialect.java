package io.dlrouter.core.openai;

import com.squareup.moshi.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import okio.Buffer;

/** The API that a path belongs to, as far as its errors and the ends of its streams differ. */
public enum ApiDialect {
    /** OpenAI's chat completions and completions. A stream ends with {@code data: [DONE]}. */
    COMPLETIONS,

    /** OpenAI's Responses API. A stream ends with an event of the state that the response has reached. */
    RESPONSES,

    /** Anthropic's Messages API. A stream ends with the event {@code message_stop}. */
    MESSAGES,

    /** Any other path: its errors have OpenAI's shape, and nothing is known of its streams. */
    OTHER;

    private static final String MESSAGES_PATH = "/v1/messages";
    private static final Set<String> LAST_OF_RESPONSES =
            Set.of("response.completed", "response.incomplete", "response.failed");

    /**
     * The dialect of a path.
     *
     * @param path with single slashes, with or without its query
     */
    public static ApiDialect of(String path) {
        String route = InferencePaths.route(path);
        return switch (route) {
            case "/v1/chat/completions", "/v1/completions" -> COMPLETIONS;
            case "/v1/responses", "/v1/responses/{id}" -> RESPONSES;
            default -> route.equals(MESSAGES_PATH) || route.startsWith(MESSAGES_PATH + "/") ? MESSAGES : OTHER;
        };
    }

    /** The body of a response that is this error. */
    public byte[] errorBody(OpenAiError error) {
        return this == MESSAGES ? anthropicError(typeOf(error.status()), error.message()) : error.json();
    }

    /**
     * The body of an error in Anthropic's shape.
     *
     * @param type one of Anthropic's error types
     */
    public static byte[] anthropicError(String type, String message) {
        Buffer buffer = new Buffer();
        try (JsonWriter json = JsonWriter.of(buffer)) {
            json.beginObject().name("type").value("error");
            json.name("error").beginObject();
            json.name("type").value(type);
            json.name("message").value(message);
            json.endObject().endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.readByteArray();
    }

    /** Anthropic's error type for a status; it has 529 where others have 503. */
    private static String typeOf(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            case 504 -> "timeout_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    /**
     * Whether this is the event that ends a stream. Every event may be the last one of a stream of {@link #OTHER}.
     *
     * @param event the event's type, empty if it names none
     * @param data the beginning of its data
     */
    public boolean isLastEvent(String event, String data) {
        return switch (this) {
            case COMPLETIONS -> data.equals("[DONE]");
            case RESPONSES -> LAST_OF_RESPONSES.contains(event);
            case MESSAGES -> event.equals("message_stop");
            case OTHER -> true;
        };
    }
}
