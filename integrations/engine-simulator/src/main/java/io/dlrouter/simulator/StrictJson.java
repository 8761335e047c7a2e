package io.dlrouter.simulator;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object whose numbers stay as they are written, and whose members have to be of exactly the form asked for: what
 * is not is an {@link IllegalArgumentException}. Two are equal when they say the same, in whatever order.
 */
record StrictJson(Map<String, @Nullable Object> members) {

    static StrictJson of(String text) {
        try (JsonReader reader = JsonReader.of(new Buffer().writeUtf8(text))) {
            if (reader.peek() == JsonReader.Token.BEGIN_OBJECT) {
                return object(reader);
            }
        } catch (IOException | JsonDataException invalid) {
            throw new IllegalArgumentException("body: " + invalid.getMessage() + " (expected: JSON)", invalid);
        }
        throw new IllegalArgumentException("body: " + text + " (expected: a JSON object)");
    }

    /** The member of that name, be it null or not there. */
    @Nullable
    Object any(String name) {
        return members.get(name);
    }

    String text(String name) {
        return member(name, String.class, "a string");
    }

    boolean flag(String name) {
        return member(name, Boolean.class, "true or false");
    }

    StrictJson object(String name) {
        return member(name, StrictJson.class, "an object");
    }

    List<?> list(String name) {
        return member(name, List.class, "an array");
    }

    /** An integer from 0 on, written in digits alone. */
    long natural(String name) {
        return natural(any(name)).orElseThrow(() -> wrong(name, "an integer from 0 on"));
    }

    List<Long> naturals(String name) {
        return list(name).stream()
                .map(element -> natural(element).orElseThrow(() -> wrong(name, "a flat array of integers from 0 on")))
                .toList();
    }

    private static Optional<Long> natural(@Nullable Object value) {
        return value instanceof RawJson number ? number.natural() : Optional.empty();
    }

    private <T> T member(String name, Class<T> type, String expected) {
        return Optional.ofNullable(any(name))
                .filter(type::isInstance)
                .map(type::cast)
                .orElseThrow(() -> wrong(name, expected));
    }

    private IllegalArgumentException wrong(String name, String expected) {
        return new IllegalArgumentException(name + ": " + any(name) + " (expected: " + expected + ")");
    }

    private static @Nullable Object value(JsonReader reader) throws IOException {
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> object(reader);
            case BEGIN_ARRAY -> array(reader);
            case STRING -> reader.nextString();
            case BOOLEAN -> reader.nextBoolean();
            case NULL -> reader.nextNull();
            default -> new RawJson(reader.nextSource().readUtf8());
        };
    }

    private static StrictJson object(JsonReader reader) throws IOException {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (reader.beginObject(); reader.hasNext(); ) {
            String name = reader.nextName();
            if (members.containsKey(name)) {
                throw new JsonDataException(name + " twice");
            }
            members.put(name, value(reader));
        }
        reader.endObject();
        return new StrictJson(members);
    }

    private static List<@Nullable Object> array(JsonReader reader) throws IOException {
        List<@Nullable Object> elements = new ArrayList<>();
        for (reader.beginArray(); reader.hasNext(); ) {
            elements.add(value(reader));
        }
        reader.endArray();
        return elements;
    }

    @Override
    public String toString() {
        return members.toString();
    }
}
