package io.dlrouter.backend.vllm;

import io.dlrouter.spi.JsonMembers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** The text of one JSON value that is not {@code null}, read no further than is asked: it may be a long prompt. */
final class JsonValue {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");
    private static final int LONGEST_NUMBER = 1_000;
    private static final int LONGEST_SHOWN = 40;

    private final ByteBuffer text;

    private JsonValue(ByteBuffer text) {
        this.text = text;
    }

    /** The value of a member; empty if there is none, or it is {@code null}. */
    static Optional<JsonValue> of(JsonMembers members, String name) {
        return members.member(name)
                .map(text -> new JsonValue(text.slice()))
                .filter(value -> value.length() > 0 && !value.is("null"));
    }

    /** How many bytes the text has. */
    int length() {
        return text.remaining();
    }

    byte at(int place) {
        return text.get(place);
    }

    /** The whole text. */
    String text() {
        return beginning(length());
    }

    /** The text, or where it is long its beginning: for a message. */
    String shown() {
        return length() <= LONGEST_SHOWN ? text() : beginning(LONGEST_SHOWN) + "...";
    }

    boolean is(String literal) {
        return length() == literal.length() && text().equals(literal);
    }

    /** Whether it is a number, in whatever spelling, and not above the limit. */
    boolean isNumberUpTo(double limit) {
        return length() <= LONGEST_NUMBER && NUMBER.matcher(text()).matches() && Double.parseDouble(text()) <= limit;
    }

    private String beginning(int length) {
        return StandardCharsets.UTF_8.decode(text.slice(0, length)).toString();
    }
}
