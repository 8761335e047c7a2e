package io.dlrouter.simulator;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonEncodingException;
import com.squareup.moshi.JsonReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** A JSON object that a client sent. A member of another type than asked for is the client's error, null is none. */
record JsonBody(Map<?, ?> members) {

    static JsonBody of(RecordedRequest request) {
        try (JsonReader reader = JsonReader.of(new Buffer().write(request.content()))) {
            if (reader.readJsonValue() instanceof Map<?, ?> object && reader.peek() == JsonReader.Token.END_DOCUMENT) {
                return new JsonBody(object);
            }
            throw EngineErrorException.badRequest("body: (expected: one JSON object)");
        } catch (EOFException | JsonEncodingException | JsonDataException invalid) {
            throw EngineErrorException.badRequest("body: " + invalid.getMessage() + " (expected: a JSON object)");
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    @Nullable
    Object any(String name) {
        return members.get(name);
    }

    boolean has(String name) {
        return any(name) != null;
    }

    boolean isTrue(String name) {
        return member(name, Boolean.class, "true or false").orElse(false);
    }

    Optional<String> text(String name) {
        return member(name, String.class, "a string");
    }

    Optional<Integer> integer(String name) {
        return member(name, Double.class, "an integer").map(number -> {
            if (number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
                throw wrong(name, number, "an integer");
            }
            return number.intValue();
        });
    }

    List<?> list(String name) {
        return member(name, List.class, "an array").orElse(List.of());
    }

    /** The object of that name, an empty one when there is none. */
    JsonBody child(String name) {
        return new JsonBody(member(name, Map.class, "an object").orElse(Map.of()));
    }

    private <T> Optional<T> member(String name, Class<T> type, String expected) {
        Object value = any(name);
        if (value != null && !type.isInstance(value)) {
            throw wrong(name, value, expected);
        }
        return Optional.ofNullable(value).map(type::cast);
    }

    private static EngineErrorException wrong(String name, Object value, String expected) {
        return new EngineErrorException(400, name + ": " + value + " (expected: " + expected + ")", name);
    }
}
