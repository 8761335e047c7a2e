package io.dlrouter.core.request;

import io.dlrouter.InferenceRequest;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.json.JsonScanner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Finds what ties a request to others of its session, in the order that {@code RoutingContext.sessionKey} promises. */
final class SessionKey {
    private static final List<String> HEADERS = List.of("x-session-id", "x-user-id", "x-tenant-id");
    private static final List<String> MEMBERS = List.of("user", "session_id", "user_id");
    private static final List<String> PROMPTS = List.of("prompt", "input_ids", "text", "input");
    private static final int PROMPT_BYTES = 1024;

    private final InferenceRequest request;
    private final JsonObject body;

    SessionKey(InferenceRequest request, JsonObject body) {
        this.request = request;
        this.body = body;
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

    /** The first of these members that names a session: engines take null, "" and -1 for none. */
    private static Optional<String> firstOf(JsonObject object, List<String> names) {
        return names.stream()
                .flatMap(name -> object.member(name).stream())
                .map(value -> StandardCharsets.UTF_8.decode(value).toString())
                .filter(text -> !text.equals("null") && !text.equals("\"\"") && !text.equals("-1"))
                .findFirst();
    }

    /** The part of the conversation that all its turns share. */
    private ByteBuffer beginning() {
        Optional<ByteBuffer> messages = body.member("messages");
        if (messages.isPresent() && messages.get().get(0) == '[') {
            return throughFirstUserMessage(messages.get());
        }
        return messages.or(() -> PROMPTS.stream()
                        .flatMap(name -> body.member(name).stream())
                        .findFirst())
                .map(value -> value.slice(0, Math.min(value.remaining(), PROMPT_BYTES)))
                .orElseGet(() -> ByteBuffer.wrap(request.body(), 0, Math.min(request.body().length, PROMPT_BYTES)));
    }

    private static ByteBuffer throughFirstUserMessage(ByteBuffer messages) {
        byte[] text = JsonObject.copy(messages);
        JsonScanner json = new JsonScanner(text, text.length);
        int here = json.skipSpace(1);
        while (json.at(here) == '{') {
            int end = json.skipValue(here);
            if (isUserMessage(text, here, end)) {
                return messages.slice(0, end);
            }
            here = json.skipSpace(end);
            here = json.at(here) == ',' ? json.skipSpace(here + 1) : here;
        }
        return messages;
    }

    private static boolean isUserMessage(byte[] text, int start, int end) {
        byte[] message = java.util.Arrays.copyOfRange(text, start, end);
        return JsonObject.read(message).string("role").filter("user"::equals).isPresent();
    }

    private static String digest(ByteBuffer text) {
        CRC32C crc = new CRC32C();
        crc.update(text);
        return Long.toHexString(crc.getValue());
    }
}
