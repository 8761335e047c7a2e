package io.dlrouter.server.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import com.squareup.moshi.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import okio.Buffer;
import okio.ByteString;

/**
 * The state of a Responses API stream to which a failure event refers: the response in its first event, and the
 * number of its latest event. Used by one thread.
 */
final class ResponsesStream {
    private static final int MAX_KEPT = 64 * 1024;
    private static final byte[] NUMBER = "\"sequence_number\":".getBytes(UTF_8);
    private static final String DATA = "data:";

    private final Buffer beginning = new Buffer();
    private int matched;
    private boolean inNumber;
    private long number = -1;

    void add(byte[] bytes, int count) {
        if (beginning.size() < MAX_KEPT) {
            beginning.write(bytes, 0, (int) Math.min(count, MAX_KEPT - beginning.size()));
        }
        for (int i = 0; i < count; i++) {
            add(bytes[i]);
        }
    }

    /** A quote within a string is escaped, so that the member's name is found only where it is one. */
    private void add(byte next) {
        if (inNumber) {
            addToNumber(next);
        } else {
            matched = next == NUMBER[matched] ? matched + 1 : next == NUMBER[0] ? 1 : 0;
            if (matched == NUMBER.length) {
                matched = 0;
                inNumber = true;
                number = 0;
            }
        }
    }

    private void addToNumber(byte next) {
        if (next >= '0' && next <= '9') {
            number = number * 10 + (next - '0');
        } else {
            inNumber = next == ' ' && number == 0;
        }
    }

    /** The data of the event that the response has failed. */
    byte[] failed(String message) {
        Buffer buffer = new Buffer();
        try (JsonWriter json = JsonWriter.of(buffer)) {
            json.beginObject().name("type").value("response.failed");
            json.name("sequence_number").value(number + 1);
            json.name("response").beginObject();
            for (Map.Entry<String, ByteString> member : response().entrySet()) {
                json.name(member.getKey()).value(new Buffer().write(member.getValue()));
            }
            json.name("status").value("failed");
            json.name("error").beginObject();
            json.name("code").value("server_error");
            json.name("message").value(message);
            json.endObject().endObject().endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.readByteArray();
    }

    /** The members of the response that stay as they were; a few if no event has described it. */
    private Map<String, ByteString> response() {
        return beginning
                .clone()
                .readUtf8()
                .lines()
                .filter(line -> line.startsWith(DATA))
                .flatMap(line -> members(line.substring(DATA.length())).stream())
                .findFirst()
                .orElseGet(() ->
                        Map.of("object", ByteString.encodeUtf8("\"response\""), "output", ByteString.encodeUtf8("[]")));
    }

    private static Optional<Map<String, ByteString>> members(String event) {
        try (JsonReader json = JsonReader.of(new Buffer().writeUtf8(event))) {
            json.beginObject();
            while (json.hasNext()) {
                if (json.nextName().equals("response")) {
                    return Optional.of(membersOf(json));
                }
                json.skipValue();
            }
            return Optional.empty();
        } catch (IOException | JsonDataException e) {
            return Optional.empty(); // an event that is not complete, or something else
        }
    }

    private static Map<String, ByteString> membersOf(JsonReader json) throws IOException {
        Map<String, ByteString> members = new LinkedHashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            ByteString value = json.nextSource().readByteString();
            if (!name.equals("status") && !name.equals("error")) {
                members.put(name, value);
            }
        }
        json.endObject();
        return members;
    }
}
