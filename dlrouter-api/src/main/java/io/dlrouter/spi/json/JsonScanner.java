package io.dlrouter.spi.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A scanner over JSON text in UTF-8 that allocates nothing, for reading a long text in one pass. {@link JsonValue} is
 * simpler where that does not matter. Strings, most of a long prompt, are skipped eight bytes at a time. Structure,
 * escapes and UTF-8 are checked. The spelling of numbers and literals, and control characters in strings, are not,
 * because the engine validates the body of a client.
 *
 * <p>Offsets are bytes from the beginning of the array. Immutable over an array that is not copied; safe for use by
 * many threads while the array does not change. Every method that skips throws {@link MalformedJsonException} where the
 * text is not JSON.
 */
public final class JsonScanner {
    /** The deepest nesting of arrays and objects, more than any engine's parser accepts. */
    public static final int MAX_DEPTH = 512;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';

    private final byte[] text;
    private final int end;

    /**
     * A scanner of a text.
     *
     * @param end the offset after the text
     */
    public JsonScanner(byte[] text, int end) {
        this.text = text;
        this.end = end;
    }

    /** The byte at an offset, or 0 after the end: no token begins with 0. */
    public byte at(int place) {
        return place < end ? text[place] : 0;
    }

    /** The first offset from here that is not white space. */
    public int skipSpace(int place) {
        int here = place;
        while (here < end && (text[here] == ' ' || text[here] == '\n' || text[here] == '\r' || text[here] == '\t')) {
            here++;
        }
        return here;
    }

    /** The offset after the value that begins here. */
    public int skipValue(int place) {
        byte first = at(place);
        if (first == '"') {
            return skipString(place);
        }
        return first == '{' || first == '[' ? skipNested(place) : skipScalar(place);
    }

    /** The offset after the closing quote of the string whose opening quote is here. */
    public int skipString(int place) {
        int here = place + 1;
        while (true) {
            here = skipPlain(here);
            byte found = at(here);
            if (found == '"') {
                return here + 1;
            }
            here = found == '\\' ? skipEscape(here) : skipUnusual(here);
        }
    }

    private int skipEscape(int here) {
        int length = switch (at(here + 1)) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> 2;
            case 'u' -> isHex(here + 2, here + 6) ? 6 : 0;
            default -> 0;
        };
        if (length == 0) {
            throw new MalformedJsonException("a string has a bad escape", here);
        }
        return here + length;
    }

    private boolean isHex(int from, int to) {
        int here = from;
        while (here < to && Character.digit(at(here), 16) >= 0) {
            here++;
        }
        return here == to;
    }

    /** Skips bytes of ASCII that are neither a quote nor a backslash. */
    private int skipPlain(int place) {
        int here = place;
        while (here + Long.BYTES <= end) {
            long word = (long) LONGS.get(text, here);
            long special = (word | zeroBytes(word ^ QUOTES) | zeroBytes(word ^ BACKSLASHES)) & HIGHS;
            if (special != 0) {
                return here + Long.numberOfTrailingZeros(special) / Byte.SIZE;
            }
            here += Long.BYTES;
        }
        while (here < end && text[here] >= 0 && text[here] != '"' && text[here] != '\\') {
            here++;
        }
        return here;
    }

    /** The first quote or backslash from here on, in a string that is known to be well formed. */
    public int skipUnescaped(int place) {
        int here = place;
        while (here + Long.BYTES <= end) {
            long word = (long) LONGS.get(text, here);
            long special = zeroBytes(word ^ QUOTES) | zeroBytes(word ^ BACKSLASHES);
            if (special != 0) {
                return here + Long.numberOfTrailingZeros(special) / Byte.SIZE;
            }
            here += Long.BYTES;
        }
        while (here < end && text[here] != '"' && text[here] != '\\') {
            here++;
        }
        return here;
    }

    /** Marks the lowest zero byte of a word with its high bit; bytes above it may be marked wrongly. */
    private static long zeroBytes(long word) {
        return (word - ONES) & ~word & HIGHS;
    }

    private int skipUnusual(int here) {
        if (here >= end) {
            throw new MalformedJsonException("a string is not closed", here);
        }
        return skipUtf8(here);
    }

    /** Skips one character of two to four bytes, by the table of the Unicode standard (3.9, table 3-7). */
    private int skipUtf8(int here) {
        int lead = text[here] & 0xFF;
        int second = at(here + 1) & 0xFF;
        int length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
        int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        boolean valid = length != 0 && second >= lowest && second <= highest;
        for (int i = 2; i < length && valid; i++) {
            valid = (at(here + i) & 0xC0) == 0x80;
        }
        if (!valid) {
            throw new MalformedJsonException("it is not UTF-8", here);
        }
        return here + length;
    }

    private int skipScalar(int place) {
        int here = place;
        while (here < end && isScalar(text[here])) {
            here++;
        }
        if (here == place) {
            throw new MalformedJsonException("a value is missing", here);
        }
        return here;
    }

    /** Whether this is the text between two offsets. */
    boolean is(String ascii, int start, int stop) {
        int equal = 0;
        if (stop - start == ascii.length()) {
            while (equal < ascii.length() && text[start + equal] == ascii.charAt(equal)) {
                equal++;
            }
        }
        return equal == ascii.length();
    }

    /** Whether a number is between two offsets, by the grammar of RFC 8259, section 6. */
    boolean isNumber(int start, int stop) {
        int first = at(start) == '-' ? start + 1 : start;
        int whole = skipDigits(first, stop);
        int here = whole;
        boolean valid = whole == first + 1 || (whole > first && at(first) != '0');
        if (here < stop && at(here) == '.') {
            here = skipDigits(whole + 1, stop);
            valid &= here > whole + 1;
        }
        if (here < stop && (at(here) == 'e' || at(here) == 'E')) {
            boolean signed = here + 1 < stop && (at(here + 1) == '+' || at(here + 1) == '-');
            int exponent = signed ? here + 2 : here + 1;
            here = skipDigits(exponent, stop);
            valid &= here > exponent;
        }
        return valid && here == stop;
    }

    private int skipDigits(int from, int stop) {
        int here = from;
        while (here < stop && text[here] >= '0' && text[here] <= '9') {
            here++;
        }
        return here;
    }

    private static boolean isScalar(byte b) {
        return (b >= '0' && b <= '9')
                || (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || b == '-'
                || b == '+'
                || b == '.';
    }

    /** Skips an object or an array, without recursion: one bit of {@code objects} for each level. */
    private int skipNested(int place) {
        long[] objects = new long[MAX_DEPTH / Long.SIZE];
        int depth = 0;
        int here = place;
        do {
            byte opening = at(here);
            if (opening == '{' || opening == '[') {
                if (depth == MAX_DEPTH) {
                    throw new MalformedJsonException("it is nested deeper than " + MAX_DEPTH + " levels", here);
                }
                mark(objects, depth++, opening == '{');
                here = skipSpace(here + 1);
                if (at(here) != closing(objects, depth)) {
                    here = beginElement(here, isObject(objects, depth));
                    continue;
                }
            } else {
                here = skipValue(here);
            }
            here = skipSpace(here);
            while (depth > 0 && at(here) == closing(objects, depth)) {
                depth--;
                here = depth == 0 ? here + 1 : skipSpace(here + 1);
            }
            if (depth > 0) {
                here = beginElement(skipSpace(expect(here, ',')), isObject(objects, depth));
            }
        } while (depth > 0);
        return here;
    }

    private static void mark(long[] objects, int level, boolean object) {
        long bit = 1L << level;
        int word = level / Long.SIZE;
        objects[word] = object ? objects[word] | bit : objects[word] & ~bit;
    }

    private static boolean isObject(long[] objects, int depth) {
        return (objects[(depth - 1) / Long.SIZE] >>> (depth - 1) & 1) != 0;
    }

    private static byte closing(long[] objects, int depth) {
        return (byte) (isObject(objects, depth) ? '}' : ']');
    }

    /** The offset of the value of the element that begins here. */
    private int beginElement(int here, boolean inObject) {
        return inObject ? skipColon(skipName(here)) : here;
    }

    /** The offset after the name of a member that begins here. */
    public int skipName(int here) {
        if (at(here) != '"') {
            throw new MalformedJsonException("a member's name is missing", here);
        }
        return skipString(here);
    }

    /** The offset of the value of the member whose name ends here. */
    public int skipColon(int here) {
        return skipSpace(expect(skipSpace(here), ':'));
    }

    /** The offset after a byte that must be here. */
    public int expect(int here, char expected) {
        if (at(here) != expected) {
            throw new MalformedJsonException("'" + expected + "' is missing", here);
        }
        return here + 1;
    }
}
