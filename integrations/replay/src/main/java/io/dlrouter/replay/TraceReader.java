package io.dlrouter.replay;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonEncodingException;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/** Reads a trace line by line, and remembers which lines were of no use. */
final class TraceReader {
    /** A prompt of a million tokens is a tenth of it. */
    static final int LONGEST_LINE = 4 << 20;

    private final BufferedSource source;
    private final int blockTokens;
    private final List<TraceRequest> requests = new ArrayList<>();
    private boolean bucketed;
    private int line;
    private int useless;
    private @Nullable String firstUseless;

    /**
     * @param source of which each line is a JSON object
     * @param blockTokens how many tokens a hash id of a Mooncake trace stands for
     */
    TraceReader(BufferedSource source, int blockTokens) {
        this.source = source;
        this.blockTokens = blockTokens;
    }

    /** Reads to the end, or to where a compressed file was cut off. */
    TraceReader read() throws IOException {
        try {
            while (!source.exhausted()) {
                line++;
                nextLine().ifPresentOrElse(this::add, () -> skip("it is longer than " + LONGEST_LINE + " bytes"));
            }
        } catch (EOFException e) {
            skip("the file ends in the middle of what is compressed");
        }
        return this;
    }

    /** The next line without its end; empty if it is too long, and then behind. */
    private Optional<Buffer> nextLine() throws IOException {
        long end = source.indexOf((byte) '\n', 0, LONGEST_LINE);
        if (end < 0 && source.request(LONGEST_LINE)) {
            skipLine();
            return Optional.empty();
        }
        Buffer text = new Buffer();
        source.readFully(text, end < 0 ? source.getBuffer().size() : end);
        skipLine();
        return Optional.of(text);
    }

    /** Goes on behind the end of the line, without keeping what is before it. */
    private void skipLine() throws IOException {
        while (!source.exhausted()) {
            Buffer held = source.getBuffer();
            long end = held.indexOf((byte) '\n');
            held.skip(end < 0 ? held.size() : end + 1);
            if (end >= 0) {
                return;
            }
        }
    }

    private void add(Buffer text) {
        try {
            TraceFormat.Line read = TraceFormat.parse(text);
            requests.add(read.request(blockTokens));
            bucketed |= read.isBucketed();
        } catch (IllegalArgumentException | ArithmeticException | JsonDataException e) {
            skip(String.valueOf(e.getMessage()));
        } catch (EOFException | JsonEncodingException e) {
            skip("it is no JSON object");
        } catch (IOException e) {
            throw new IllegalStateException("a buffer failed", e);
        }
    }

    private void skip(String reason) {
        useless++;
        if (firstUseless == null) {
            firstUseless = "line " + line + ": " + reason;
        }
    }

    List<TraceRequest> requests() {
        return requests;
    }

    boolean isBucketed() {
        return bucketed;
    }

    /** How many lines were of no use, and which was the first; empty if all were. */
    Optional<String> complaint() {
        return Optional.ofNullable(firstUseless)
                .map(first -> useless + " of " + line + " lines are of no use, the first is " + first);
    }
}
