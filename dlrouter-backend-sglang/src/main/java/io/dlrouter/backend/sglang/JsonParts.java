package io.dlrouter.backend.sglang;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import okio.Buffer;

/**
 * The parts of a JSON array or object in turn: values, or members. The text is one that the router has found to be well
 * formed. No number and no long string is read, so that each byte is looked at once.
 */
final class JsonParts {
    private final ByteBuffer text;
    private final int end;
    private int here;

    /** @param value with its brackets */
    JsonParts(ByteBuffer value) {
        this.text = value;
        this.here = value.position() + 1;
        this.end = value.limit() - 1;
    }

    /** The next part without white space around it; empty after the last. */
    Optional<ByteBuffer> next() {
        int start = Math.min(here, end);
        int depth = 0;
        while (here < end && (depth > 0 || text.get(here) != ',')) {
            byte found = text.get(here);
            depth += found == '{' || found == '[' ? 1 : found == '}' || found == ']' ? -1 : 0;
            here = found == '"' ? behindString(text, here) : here + 1;
        }
        ByteBuffer part = stripped(text, start, Math.min(here, end));
        here++;
        return Optional.of(part).filter(ByteBuffer::hasRemaining);
    }

    /** The name of a member. */
    static String nameOf(ByteBuffer member) {
        ByteBuffer quoted =
                member.slice(member.position(), behindString(member, member.position()) - member.position());
        byte[] name = new byte[quoted.remaining()];
        quoted.get(name);
        try (JsonReader reader = JsonReader.of(new Buffer().write(name))) {
            return reader.nextString();
        } catch (IOException e) {
            return new String(name, UTF_8);
        }
    }

    /** The value of a member. */
    static ByteBuffer valueOf(ByteBuffer member) {
        int colon = behindString(member, member.position());
        while (member.get(colon) != ':') {
            colon++;
        }
        return stripped(member, colon + 1, member.limit());
    }

    private static int behindString(ByteBuffer text, int quote) {
        int here = quote + 1;
        while (text.get(here) != '"') {
            here += text.get(here) == '\\' ? 2 : 1;
        }
        return here + 1;
    }

    private static ByteBuffer stripped(ByteBuffer text, int from, int to) {
        int start = from;
        int stop = to;
        while (start < stop && text.get(start) <= ' ' && text.get(start) >= 0) {
            start++;
        }
        while (stop > start && text.get(stop - 1) <= ' ' && text.get(stop - 1) >= 0) {
            stop--;
        }
        return text.slice(start, stop - start);
    }
}
