package io.dlrouter.core.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import okio.Buffer;

/** JSON as another reader than the router's own understands it. */
public final class ParsedJson {
    private ParsedJson() {}

    /** An object as Moshi reads it, its numbers as they are written. */
    public static Map<String, Object> object(byte[] text) throws IOException {
        JsonReader reader = JsonReader.of(new Buffer().write(text));
        Map<String, Object> object = object(reader);
        if (reader.peek() != JsonReader.Token.END_DOCUMENT) {
            throw new IOException("text follows the object");
        }
        return object;
    }

    /** As {@link #object(byte[])}, of a text that must be one. */
    public static Map<String, Object> object(String text) {
        try {
            return object(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new AssertionError(text, e);
        }
    }

    private static Map<String, Object> object(JsonReader reader) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
            members.put(reader.nextName(), value(reader));
        }
        reader.endObject();
        return members;
    }

    private static Object value(JsonReader reader) throws IOException {
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> object(reader);
            case BEGIN_ARRAY -> array(reader);
            case BOOLEAN -> reader.nextBoolean();
            case NULL -> String.valueOf(reader.<Object>nextNull());
            default -> reader.nextString();
        };
    }

    private static List<Object> array(JsonReader reader) throws IOException {
        List<Object> elements = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            elements.add(value(reader));
        }
        reader.endArray();
        return elements;
    }
}
