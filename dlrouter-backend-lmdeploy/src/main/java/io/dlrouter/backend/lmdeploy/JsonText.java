package io.dlrouter.backend.lmdeploy;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.dlrouter.spi.JsonMembers;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okio.Buffer;

/** One JSON value as the text that stands for it: what is passed on is passed on as it was written. */
record JsonText(String text) {
    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]{0,17})");
    private static final Pattern STRING_OF_DIGITS = Pattern.compile("\"([0-9]{1,18})\"");
    private static final int LONGEST_NUMBER = 40;
    private static final int LONGEST_SHOWN = 40;

    /** The value of a member; empty if there is none, or it is {@code null}. */
    static Optional<JsonText> of(JsonMembers members, String name) {
        return members.member(name).map(JsonText::of).filter(value -> !value.text.equals("null"));
    }

    private static JsonText of(ByteBuffer bytes) {
        return new JsonText(StandardCharsets.UTF_8.decode(bytes.slice()).toString());
    }

    boolean isString() {
        return text.startsWith("\"");
    }

    /** Whether it is a number, in whatever spelling, of 1 or less. */
    boolean isAtMostOne() {
        try {
            return text.length() <= LONGEST_NUMBER && new BigDecimal(text).compareTo(BigDecimal.ONE) <= 0;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Its value if it is a number written as an integer. */
    OptionalLong integer() {
        return INTEGER.matcher(text).matches() ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    /** The number that its digits are if it is a string of nothing else. */
    OptionalLong digits() {
        Matcher digits = STRING_OF_DIGITS.matcher(text);
        return digits.matches() ? OptionalLong.of(Long.parseLong(digits.group(1))) : OptionalLong.empty();
    }

    /**
     * What is written in a string.
     *
     * @throws IllegalArgumentException if it is none
     */
    String string() {
        return read("a string", JsonReader::nextString);
    }

    /**
     * The values in an array.
     *
     * @throws IllegalArgumentException if it is none
     */
    List<JsonText> elements() {
        return read("an array", JsonText::elements);
    }

    /**
     * The values in an object by their names.
     *
     * @throws IllegalArgumentException if it is none
     */
    Map<String, JsonText> members() {
        return read("an object", JsonText::members);
    }

    private static List<JsonText> elements(JsonReader reader) throws IOException {
        List<JsonText> elements = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            elements.add(next(reader));
        }
        reader.endArray();
        return elements;
    }

    private static Map<String, JsonText> members(JsonReader reader) throws IOException {
        Map<String, JsonText> members = new LinkedHashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
            members.put(reader.nextName(), next(reader));
        }
        reader.endObject();
        return members;
    }

    private static JsonText next(JsonReader reader) throws IOException {
        return new JsonText(reader.nextSource().readUtf8());
    }

    private <T> T read(String expected, Reading<T> reading) {
        try (JsonReader reader = JsonReader.of(new Buffer().writeUtf8(text))) {
            T value = reading.of(reader);
            if (reader.peek() != JsonReader.Token.END_DOCUMENT) {
                throw new JsonDataException("more than one value");
            }
            return value;
        } catch (IOException | JsonDataException e) {
            throw new IllegalArgumentException(shown() + " (expected: " + expected + ")", e);
        }
    }

    private String shown() {
        return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
    }

    /** A walk over a value. */
    private interface Reading<T> {
        T of(JsonReader reader) throws IOException;
    }
}
