package io.dlrouter.server.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.core.openai.ApiDialect;
import io.dlrouter.core.openai.OpenAiError;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/**
 * The event for a failure in the middle of a stream, in the dialect of the path. It reads the stream that is
 * relayed, because an event can follow only a complete one. Used by one thread.
 */
final class FailureEvent {
    private static final String EVENT_STREAM = "text/event-stream";
    private static final String IDENTITY = "identity";

    private final ApiDialect dialect;
    private final EventTail tail = new EventTail();
    private final ResponsesStream responses = new ResponsesStream();

    private FailureEvent(ApiDialect dialect) {
        this.dialect = dialect;
    }

    /** @param headers of the response; an encoded one has room for no event, as plain text breaks its decoder */
    static FailureEvent create(String path, HttpFields headers) {
        return new FailureEvent(isPlainEventStream(headers) ? ApiDialect.of(path) : ApiDialect.OTHER);
    }

    private static boolean isPlainEventStream(HttpFields headers) {
        String type = headers.get(HttpHeader.CONTENT_TYPE);
        String coding = headers.get(HttpHeader.CONTENT_ENCODING);
        return type != null && type.startsWith(EVENT_STREAM) && (coding == null || coding.equalsIgnoreCase(IDENTITY));
    }

    /** Whether the response may end with such an event, so that its length is not known before. */
    boolean isPossible() {
        return dialect != ApiDialect.OTHER;
    }

    /** This much has been relayed. */
    void relayed(byte[] bytes, int count) {
        if (isPossible()) {
            tail.add(bytes, count);
        }
        if (dialect == ApiDialect.RESPONSES) {
            responses.add(bytes, count);
        }
    }

    /** The event; empty if the dialect has none, or if the last event that was relayed is not complete. */
    Optional<byte[]> of(OpenAiError error) {
        return tail.isComplete() ? text(error).map(text -> text.getBytes(UTF_8)) : Optional.empty();
    }

    private Optional<String> text(OpenAiError error) {
        return switch (dialect) {
            case COMPLETIONS -> Optional.of(data(error.json()));
            case MESSAGES ->
                Optional.of("event: error\n" + data(ApiDialect.anthropicError("api_error", error.message())));
            case RESPONSES -> Optional.of("event: response.failed\n" + data(responses.failed(error.message())));
            case OTHER -> Optional.empty();
        };
    }

    private static String data(byte[] json) {
        return "data: " + new String(json, UTF_8) + "\n\n";
    }
}
