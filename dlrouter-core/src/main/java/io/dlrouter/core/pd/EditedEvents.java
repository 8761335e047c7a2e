package io.dlrouter.core.pd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.core.http.BodyInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A stream of events, each edited if necessary and passed on as soon as its line is complete. All engines write the
 * JSON of an event on one line; other lines pass unchanged. Lines are edited in place, without the event parser of
 * {@code core.sse}, because this is the byte path. Used by one thread.
 */
final class EditedEvents extends BodyInputStream {
    private static final byte[] DATA = "data:".getBytes(US_ASCII);
    private static final int MAX_LINE = 64 << 20;

    private final InputStream events;
    private final ResponseEdit edit;
    /** Bytes from {@code start} to {@code ready} may be passed on; those up to {@code end} are an incomplete line. */
    private byte[] buffer = new byte[16 * 1024];

    private int start;
    private int ready;
    private int end;

    EditedEvents(InputStream events, ResponseEdit edit) {
        this.events = events;
        this.edit = edit;
    }

    /** Waits until there is a first line, and the edit has seen enough; false if the stream is empty. */
    boolean awaitFirst() throws IOException {
        while ((ready == 0 || !edit.hasSeenEnough()) && readOn()) {}
        return end > 0;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (start == ready && !fill()) {
            return -1;
        }
        int count = Math.min(length, ready - start);
        System.arraycopy(buffer, start, target, offset, count);
        start += count;
        return count;
    }

    /** Reads until a line is complete; false at the end. */
    private boolean fill() throws IOException {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        ready -= start;
        start = 0;
        while (ready == 0 && readOn()) {}
        return end > 0;
    }

    /** Reads the next bytes; false at the end, when the last line is complete as it is. */
    private boolean readOn() throws IOException {
        makeRoom();
        int from = end;
        int count = events.read(buffer, end, buffer.length - end);
        if (count < 0) {
            int unused = editLine(end);
            ready = end;
            return false;
        }
        end += count;
        editLines(from);
        return true;
    }

    private void makeRoom() throws IOException {
        if (end >= MAX_LINE) {
            BadNodeResponseException reason = new BadNodeResponseException(
                    "A line of a stream is longer than " + MAX_LINE + " bytes (expected: an event)");
            throw new IOException(reason.getMessage(), reason);
        }
        if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, 2 * end);
        }
    }

    /** Edits the lines that are complete, with bytes from this offset on. */
    private void editLines(int from) {
        int here = from;
        while (here < end) {
            here = buffer[here] == '\n' ? editLine(here) : here + 1;
        }
    }

    /** Edits the line that ends here, and returns the beginning of the next one. */
    private int editLine(int lineFeed) {
        int json = ready + DATA.length;
        if (lineFeed > json && Arrays.equals(buffer, ready, json, DATA, 0, DATA.length)) {
            byte[] text = Arrays.copyOfRange(buffer, json, lineFeed);
            byte[] edited = edit.apply(text);
            if (edited != text) {
                replace(json, lineFeed, edited);
            }
            ready = json + edited.length + 1;
        } else {
            ready = lineFeed + 1;
        }
        return ready;
    }

    private void replace(int from, int to, byte[] edited) {
        int grown = end + edited.length - (to - from);
        if (grown > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(grown, 2 * buffer.length));
        }
        System.arraycopy(buffer, to, buffer, from + edited.length, end - to);
        System.arraycopy(edited, 0, buffer, from, edited.length);
        end = grown;
    }

    @Override
    public void close() throws IOException {
        events.close();
    }
}
