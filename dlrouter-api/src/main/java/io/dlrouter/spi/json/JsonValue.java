package io.dlrouter.spi.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A JSON value (RFC 8259) as a view over its bytes in a longer text. Values are decoded on demand: no object tree is
 * built, numbers keep their digits, and the original text can be passed on. A value that is read twice is scanned
 * twice.
 *
 * <p>Immutable over an array that is not copied; safe for use by many threads while the array does not change.
 */
public final class JsonValue {
    /** Longer numbers are rejected, because parsing takes quadratic time. */
    private static final int LONGEST_NUMBER = 1_000;

    private static final String HEX = "0123456789abcdef";

    private final byte[] text;
    private final int start;
    private final int end;

    private JsonValue(byte[] text, int start, int end) {
        this.text = text;
        this.start = start;
        this.end = end;
    }

    /** The kind of a value. */
    public enum Kind {
        OBJECT,
        ARRAY,
        STRING,
        NUMBER,
        BOOLEAN,
        NULL,
        /**
         * A scalar that RFC 8259 does not have, such as {@code NaN}. Occurs only in the body of a client, whose scalars
         * the engine validates; never in the result of {@link JsonValue#parse}.
         */
        OTHER
    }

    /**
     * A member of an object.
     *
     * @param name without quotes, with escapes resolved
     */
    public record Member(String name, JsonValue value) {}

    /**
     * Parses a text that is one value, with surrounding white space, as strictly as RFC 8259. A byte order mark is
     * malformed.
     *
     * @param text UTF-8; not copied, must not be changed afterwards
     * @throws MalformedJsonException if it is anything else, or nested deeper than {@link JsonScanner#MAX_DEPTH} levels
     */
    public static JsonValue parse(byte[] text) {
        JsonScanner json = new JsonScanner(text, text.length);
        int start = json.skipSpace(0);
        int end = json.skipValue(start);
        int behind = json.skipSpace(end);
        if (behind < text.length) {
            throw new MalformedJsonException("text follows the value", behind);
        }
        checkTokens(text, start, end);
        return new JsonValue(text, start, end);
    }

    /** Checks what a scanner does not: scalars, and control characters in strings. */
    private static void checkTokens(byte[] text, int start, int end) {
        JsonScanner json = new JsonScanner(text, end);
        int here = start;
        while (here < end) {
            here = switch (text[here]) {
                case '"' -> checkString(text, here, json.skipString(here));
                case '{', '}', '[', ']', ',', ':', ' ', '\t', '\r', '\n' -> here + 1;
                default -> checkScalar(new JsonValue(text, here, json.skipValue(here)));
            };
        }
    }

    private static int checkString(byte[] text, int start, int end) {
        for (int here = start; here < end; here++) {
            if (text[here] >= 0 && text[here] < ' ') {
                throw new MalformedJsonException("a string has a control character", here);
            }
        }
        return end;
    }

    private static int checkScalar(JsonValue scalar) {
        if (scalar.kind() == Kind.OTHER) {
            throw new MalformedJsonException("a value is neither a number nor true, false or null", scalar.start);
        }
        return scalar.end;
    }

    /**
     * The same for a decoded text.
     *
     * @throws MalformedJsonException as {@link #parse(byte[])}; its offset counts bytes of UTF-8
     */
    public static JsonValue parse(String text) {
        return parse(text.getBytes(UTF_8));
    }

    /**
     * The value between two offsets of a text that a {@link JsonScanner} has skipped without an error; it is not
     * checked again.
     *
     * @param text UTF-8; not copied, must not be changed afterwards
     * @param start of its first byte
     * @param end after its last byte
     */
    public static JsonValue view(byte[] text, int start, int end) {
        return new JsonValue(text, start, end);
    }

    /**
     * A string as JSON text: in quotes, with escapes for quotes, backslashes, control characters and surrogates without
     * their pair.
     */
    public static String quote(String value) {
        StringBuilder quoted = new StringBuilder(value.length() + 2).append('"');
        value.codePoints().forEach(letter -> appendEscaped(quoted, letter));
        return quoted.append('"').toString();
    }

    private static void appendEscaped(StringBuilder quoted, int letter) {
        int plain = "\"\\\b\f\n\r\t".indexOf(letter);
        if (plain >= 0) {
            quoted.append('\\').append("\"\\bfnrt".charAt(plain));
        } else if (letter < ' ' || (letter >= Character.MIN_SURROGATE && letter <= Character.MAX_SURROGATE)) {
            quoted.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
                quoted.append(HEX.charAt(letter >> shift & 0xF));
            }
        } else {
            quoted.appendCodePoint(letter);
        }
    }

    /** The kind of this value. */
    public Kind kind() {
        return switch (text[start]) {
            case '{' -> Kind.OBJECT;
            case '[' -> Kind.ARRAY;
            case '"' -> Kind.STRING;
            case 't', 'f' -> is("true") || is("false") ? Kind.BOOLEAN : Kind.OTHER;
            case 'n' -> isNull() ? Kind.NULL : Kind.OTHER;
            default -> scanner().isNumber(start, end) ? Kind.NUMBER : Kind.OTHER;
        };
    }

    private JsonScanner scanner() {
        return new JsonScanner(text, end);
    }

    /** Whether it is {@code null}. */
    public boolean isNull() {
        return is("null");
    }

    /** Whether its text is this, byte for byte. */
    public boolean is(String ascii) {
        return scanner().is(ascii, start, end);
    }

    /** The number of bytes of its text. */
    public int length() {
        return end - start;
    }

    /** Its original text, as a read-only view. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(text, start, end - start).slice().asReadOnlyBuffer();
    }

    /** Its original text. */
    public String text() {
        return beginning(length());
    }

    /**
     * The beginning of its text, for a message.
     *
     * @param bytes how much of it at most; a character that is cut is replaced
     */
    public String beginning(int bytes) {
        return new String(text, start, Math.min(bytes, length()), UTF_8);
    }

    /** What a string says, its escapes resolved; empty if it is no string. */
    public Optional<String> string() {
        return text[start] == '"' ? Optional.of(decoded(text, start + 1, end - 1)) : Optional.empty();
    }

    private static String decoded(byte[] text, int from, int to) {
        int escape = escapeFrom(text, from, to);
        if (escape == to) {
            return new String(text, from, to - from, UTF_8);
        }
        StringBuilder decoded = new StringBuilder(to - from);
        int here = from;
        while (escape < to) {
            decoded.append(new String(text, here, escape - here, UTF_8));
            decoded.append(escaped(text, escape + 1));
            here = escape + (text[escape + 1] == 'u' ? 6 : 2);
            escape = escapeFrom(text, here, to);
        }
        return decoded.append(new String(text, here, to - here, UTF_8)).toString();
    }

    private static int escapeFrom(byte[] text, int from, int to) {
        int here = from;
        while (here < to && text[here] != '\\') {
            here++;
        }
        return here;
    }

    private static char escaped(byte[] text, int here) {
        return switch (text[here]) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> codeUnit(text, here + 1);
            default -> (char) text[here];
        };
    }

    private static char codeUnit(byte[] text, int from) {
        int unit = 0;
        for (int i = from; i < from + 4; i++) {
            unit = unit << 4 | Character.digit(text[i], 16);
        }
        return (char) unit;
    }

    /** The truth value; empty if it is none. */
    public Optional<Boolean> bool() {
        return kind() == Kind.BOOLEAN ? Optional.of(text[start] == 't') : Optional.empty();
    }

    /**
     * The number, exactly; empty if it is none, or has more than 1,000 characters or an exponent that
     * {@link BigDecimal} does not have.
     */
    public Optional<BigDecimal> number() {
        if (length() > LONGEST_NUMBER || kind() != Kind.NUMBER) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigDecimal(text()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The number if it is written as an integer, without a fraction and an exponent, and fits into a long. */
    public OptionalLong integer() {
        int digits = length() - (text[start] == '-' ? 1 : 0);
        if (digits > 19 || kind() != Kind.NUMBER) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(text()));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The elements of an array in their order, each found when the stream comes to it; none of anything else. */
    public Stream<JsonValue> elements() {
        return text[start] == '[' ? stream(new Elements()) : Stream.empty();
    }

    /** The members of an object in their order, each found when the stream comes to it; none of anything else. */
    public Stream<Member> members() {
        return text[start] == '{' ? stream(new Members()) : Stream.empty();
    }

    /** The value of a member of an object: of several of this name, of the last. Empty of anything else. */
    public Optional<JsonValue> member(String name) {
        return members()
                .filter(member -> member.name.equals(name))
                .reduce((earlier, later) -> later)
                .map(Member::value);
    }

    private static <T> Stream<T> stream(Spliterator<T> parts) {
        return StreamSupport.stream(parts, false);
    }

    /** The kind and the length, for debugging: what it says may be a prompt. */
    @Override
    public String toString() {
        return kind() + " of " + length() + " bytes";
    }

    /** One pass over the parts between two brackets. */
    private abstract class Parts<T> extends Spliterators.AbstractSpliterator<T> {
        final JsonScanner json = scanner();
        private int here = json.skipSpace(start + 1);

        Parts() {
            super(Long.MAX_VALUE, ORDERED | NONNULL | IMMUTABLE);
        }

        /** The part that begins here; it ends where its value does. */
        abstract T part(int place);

        abstract JsonValue valueOf(T part);

        @Override
        public boolean tryAdvance(Consumer<? super T> action) {
            if (here >= end - 1) {
                return false;
            }
            T part = part(here);
            int behind = json.skipSpace(valueOf(part).end);
            here = behind < end - 1 ? json.skipSpace(json.expect(behind, ',')) : behind;
            action.accept(part);
            return true;
        }

        final JsonValue value(int place) {
            return new JsonValue(text, place, json.skipValue(place));
        }
    }

    private final class Elements extends Parts<JsonValue> {
        @Override
        JsonValue part(int place) {
            return value(place);
        }

        @Override
        JsonValue valueOf(JsonValue part) {
            return part;
        }
    }

    private final class Members extends Parts<Member> {
        @Override
        Member part(int place) {
            int nameEnd = json.skipName(place);
            return new Member(decoded(text, place + 1, nameEnd - 1), value(json.skipColon(nameEnd)));
        }

        @Override
        JsonValue valueOf(Member part) {
            return part.value;
        }
    }
}
