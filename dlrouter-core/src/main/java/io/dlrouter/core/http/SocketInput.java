package io.dlrouter.core.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;

/** The bytes of an engine, read ahead by up to one buffer. Used by one thread at a time. */
final class SocketInput {
    private static final int BUFFER = 8 * 1024;

    private final InputStream source;
    private final byte[] buffer = new byte[BUFFER];
    private int next;
    private int end;
    private boolean begun;

    SocketInput(InputStream source) {
        this.source = source;
    }

    /** The number of bytes that can be read without waiting. */
    int buffered() {
        return end - next;
    }

    /** Whether a byte has arrived since {@link #expectResponse}. */
    boolean hasBegun() {
        return begun;
    }

    /** A request is about to be sent: the next byte belongs to its response. */
    void expectResponse() {
        begun = false;
    }

    /** Reads at least one byte, and only bytes that have arrived; -1 at the end. */
    int read(byte[] target, int offset, int length) throws IOException {
        if (next == end) {
            if (length >= BUFFER) {
                return source.read(target, offset, length);
            }
            if (!fill()) {
                return -1;
            }
        }
        int count = Math.min(length, end - next);
        System.arraycopy(buffer, next, target, offset, count);
        next += count;
        return count;
    }

    /** Waits until there is a byte to read; false at the end. */
    boolean awaitByte() throws IOException {
        return next < end || fill();
    }

    /** Waits for more bytes; false at the end. */
    private boolean fill() throws IOException {
        int count = source.read(buffer, 0, BUFFER);
        next = 0;
        end = Math.max(count, 0);
        begun |= count > 0;
        return count > 0;
    }

    /**
     * Reads a line without its end, LF or CR LF.
     *
     * @throws ProtocolException if it is longer than the limit
     * @throws EOFException if the input ends before the line does
     */
    String readLine(int limit) throws IOException {
        int length = indexOfLineFeed();
        if (length < 0) {
            return readLongLine(limit);
        }
        String line = line(buffer, next, length);
        next += length + 1;
        return line;
    }

    /**
     * Whether everything between two chunks has arrived: the end of one, the size of the next and, if that is zero, the
     * trailers.
     */
    boolean hasChunkFrame() {
        int size = nextLine(next);
        int line = nextLine(size);
        if (line < 0 || buffer[size] != '0') {
            return line >= 0;
        }
        int after = nextLine(line);
        while (after >= 0 && !isBlank(line, after)) {
            line = after;
            after = nextLine(line);
        }
        return after >= 0;
    }

    /** The beginning of the next line; -1 if it is not in the buffer. */
    private int nextLine(int line) {
        if (line < 0) {
            return -1;
        }
        int i = line;
        while (i < end && buffer[i] != '\n') {
            i++;
        }
        return i < end ? i + 1 : -1;
    }

    private boolean isBlank(int line, int after) {
        return after - line == 1 || (after - line == 2 && buffer[line] == '\r');
    }

    private int indexOfLineFeed() {
        for (int i = next; i < end; i++) {
            if (buffer[i] == '\n') {
                return i - next;
            }
        }
        return -1;
    }

    private String readLongLine(int limit) throws IOException {
        StringBuilder line = new StringBuilder();
        int length = indexOfLineFeed();
        while (length < 0) {
            line.append(new String(buffer, next, end - next, StandardCharsets.ISO_8859_1));
            if (line.length() > limit) {
                throw new ProtocolException("a line of it is longer than " + limit + " bytes");
            }
            if (!fill()) {
                throw new EOFException("the connection ended in the middle of a line");
            }
            length = indexOfLineFeed();
        }
        line.append(new String(buffer, next, length, StandardCharsets.ISO_8859_1));
        next += length + 1;
        return line.length() > 0 && line.charAt(line.length() - 1) == '\r'
                ? line.substring(0, line.length() - 1)
                : line.toString();
    }

    private static String line(byte[] bytes, int start, int length) {
        int visible = length > 0 && bytes[start + length - 1] == '\r' ? length - 1 : length;
        return new String(bytes, start, visible, StandardCharsets.ISO_8859_1);
    }
}
