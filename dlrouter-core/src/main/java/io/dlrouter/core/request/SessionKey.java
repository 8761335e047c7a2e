package io.dlrouter.core.request;

import io.dlrouter.InferenceRequest;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.json.JsonObject.Span;
import io.dlrouter.spi.json.JsonScanner;
import io.dlrouter.spi.json.JsonValue;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Finds the session of a request, in the order of {@code RoutingContext.sessionKey}. */
final class SessionKey {
    private static final List<String> HEADERS = List.of("x-session-id", "x-user-id", "x-tenant-id");
    private static final List<String> MEMBERS = List.of("user", "session_id", "user_id");
    private static final List<String> PROMPTS = List.of("prompt", "input_ids", "text", "input");
    private static final int PROMPT_BYTES = 1024;

    private final InferenceRequest request;
    private final RequestContent content;
    private final JsonObject body;

    SessionKey(InferenceRequest request, RequestContent content) {
        this.request = request;
        this.content = content;
        this.body = content.members();
    }

    String read() {
        return fromHeaders()
                .or(this::fromSessionParams)
                .or(() -> firstOf(body, MEMBERS))
                .orElseGet(() -> digest(beginning()));
    }

    private Optional<String> fromHeaders() {
        return HEADERS.stream()
                .flatMap(name -> request.headers().firstValue(name).stream())
                .filter(value -> !value.isBlank())
                .findFirst();
    }

    private Optional<String> fromSessionParams() {
        return body.object("session_params").flatMap(params -> firstOf(params, List.of("session_id")));
    }

    /** The first of these members that names a session: null, "" and -1 count as absent, as in engines. */
    private static Optional<String> firstOf(JsonObject object, List<String> names) {
        return names.stream()
                .flatMap(name -> object.member(name).stream())
                .map(JsonValue::text)
                .filter(text -> !text.equals("null") && !text.equals("\"\"") && !text.equals("-1"))
                .findFirst();
    }

    /** The part of the conversation that all its turns share. */
    private ByteBuffer beginning() {
        byte[] text = content.source();
        Optional<Span> messages = body.span("messages");
        if (messages.isPresent() && text[messages.get().start()] == '[') {
            return throughFirstUserMessage(text, messages.get());
        }
        Span whole = new Span(0, text.length);
        Span first = messages.or(() -> PROMPTS.stream()
                        .flatMap(name -> body.span(name).stream())
                        .findFirst())
                .orElse(whole);
        return slice(text, first.start(), Math.min(first.end(), first.start() + PROMPT_BYTES));
    }

    private static ByteBuffer throughFirstUserMessage(byte[] text, Span messages) {
        JsonScanner json = new JsonScanner(text, messages.end());
        int here = json.skipSpace(messages.start() + 1);
        while (json.at(here) == '{') {
            int end = json.skipValue(here);
            if (isUserMessage(JsonValue.view(text, here, end))) {
                return slice(text, messages.start(), end);
            }
            here = json.skipSpace(end);
            here = json.at(here) == ',' ? json.skipSpace(here + 1) : here;
        }
        return slice(text, messages.start(), messages.end());
    }

    private static boolean isUserMessage(JsonValue message) {
        return message.member("role")
                .flatMap(JsonValue::string)
                .filter("user"::equals)
                .isPresent();
    }

    private static ByteBuffer slice(byte[] text, int start, int end) {
        return ByteBuffer.wrap(text, start, end - start);
    }

    private static String digest(ByteBuffer text) {
        CRC32C crc = new CRC32C();
        crc.update(text);
        return Long.toHexString(crc.getValue());
    }
}
