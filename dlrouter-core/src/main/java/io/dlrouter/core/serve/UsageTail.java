package io.dlrouter.core.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.Usage;
import io.dlrouter.spi.json.JsonScanner;
import io.dlrouter.spi.json.MalformedJsonException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The end of a response, where engines report usage: after the choices of a plain response, and in the last event of a
 * stream before {@code [DONE]}. Used by one thread.
 */
final class UsageTail {
    private static final int KEPT = 4096;

    /** The members with usage; the second one is of SGLang's {@code /generate}. */
    private static final List<String> COUNTS = List.of("\"usage\"", "\"meta_info\"");

    private final byte[] bytes = new byte[2 * KEPT];
    private int length;

    void add(byte[] passed, int offset, int count) {
        int taken = Math.min(count, KEPT);
        if (length + taken > bytes.length) {
            System.arraycopy(bytes, length - KEPT, bytes, 0, KEPT);
            length = KEPT;
        }
        System.arraycopy(passed, offset + count - taken, bytes, length, taken);
        length += taken;
    }

    /** The usage; empty if it is not in this part. */
    Optional<Usage> usage() {
        String text = new String(bytes, 0, length, ISO_8859_1);
        return COUNTS.stream()
                .flatMap(name -> objectBehind(text.lastIndexOf(name), name.length()).stream())
                .flatMap(counts -> usage(counts).stream())
                .findFirst();
    }

    private Optional<JsonObject> objectBehind(int name, int nameLength) {
        JsonScanner json = new JsonScanner(bytes, length);
        int colon = json.skipSpace(name + nameLength);
        int value = json.skipSpace(colon + 1);
        if (name < 0 || json.at(colon) != ':' || json.at(value) != '{') {
            return Optional.empty();
        }
        try {
            return Optional.of(JsonObject.within(bytes, value, length));
        } catch (MalformedJsonException e) {
            return Optional.empty();
        }
    }

    private static Optional<Usage> usage(JsonObject counts) {
        Optional<Long> cached =
                counts.object("prompt_tokens_details").orElse(counts).number("cached_tokens");
        return counts.number("prompt_tokens")
                .map(prompt -> new Usage(prompt, optional(cached), optional(counts.number("completion_tokens"))));
    }

    private static OptionalLong optional(Optional<Long> number) {
        return number.map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }
}
