package io.dlrouter.core.http;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response without its framing (RFC 9112, 6). A read returns the bytes that have arrived, and blocks only
 * if there are none.
 */
abstract sealed class ResponseBody extends BodyInputStream {
    final SocketInput input;

    private ResponseBody(SocketInput input) {
        this.input = input;
    }

    static ResponseBody of(ResponseHead head, SocketInput input) throws IOException {
        if (head.hasNoBody()) {
            return new Counted(input, 0);
        }
        if (head.isChunked()) {
            return new Chunked(input);
        }
        long length = head.length();
        return length < 0 ? new UntilClose(input) : new Counted(input, length);
    }

    /**
     * Whether the whole body has been read, so that the next read returns -1 without waiting. Known with the last byte
     * if the length was announced, or if the end arrived with it.
     */
    abstract boolean isComplete();

    /** Whether the connection may be reused: the body is read, and nothing followed it. */
    boolean isReusable() {
        return isComplete() && input.buffered() == 0;
    }

    /** Whether only the end of the connection marks the end of the body. */
    boolean endsWithConnection() {
        return false;
    }

    /** Waits until the next read does not block; false if the body has ended. */
    abstract boolean awaitByte() throws IOException;

    @Override
    public abstract int read(byte[] target, int offset, int length) throws IOException;

    void awaitInput() throws IOException {
        if (!input.awaitByte()) {
            throw endedInTheMiddle();
        }
    }

    private static EOFException endedInTheMiddle() {
        return new EOFException("the connection ended in the middle of the body");
    }

    int readInput(byte[] target, int offset, long length) throws IOException {
        int count = input.read(target, offset, (int) Math.min(length, target.length - offset));
        if (count < 0) {
            throw endedInTheMiddle();
        }
        return count;
    }

    /** A body with a length. */
    private static final class Counted extends ResponseBody {
        private long left;

        Counted(SocketInput input, long length) {
            super(input);
            this.left = length;
        }

        @Override
        boolean isComplete() {
            return left == 0;
        }

        @Override
        boolean awaitByte() throws IOException {
            if (left > 0) {
                awaitInput();
            }
            return left > 0;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = readInput(target, offset, Math.min(length, left));
            left -= count;
            return count;
        }
    }

    /** A body that ends with its connection. */
    private static final class UntilClose extends ResponseBody {
        private boolean ended;

        UntilClose(SocketInput input) {
            super(input);
        }

        @Override
        boolean isComplete() {
            return ended;
        }

        @Override
        boolean awaitByte() throws IOException {
            ended |= !input.awaitByte();
            return !ended;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = ended ? -1 : input.read(target, offset, length);
            ended = count < 0;
            return count;
        }

        @Override
        boolean endsWithConnection() {
            return true;
        }

        @Override
        boolean isReusable() {
            return false;
        }
    }

    /** A chunked body. One read may return the content of several chunks that have arrived. */
    private static final class Chunked extends ResponseBody {
        private static final int MAX_LINE = 8 * 1024;
        private static final int MAX_DIGITS = 15;

        private long left;
        private boolean begun;
        private boolean complete;
        private @Nullable ProtocolException malformed;

        Chunked(SocketInput input) {
            super(input);
        }

        @Override
        boolean isComplete() {
            return complete;
        }

        @Override
        boolean awaitByte() throws IOException {
            if (left == 0 && !nextChunk()) {
                return false;
            }
            awaitInput();
            return true;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0 && !nextChunk()) {
                return -1;
            }
            int count = 0;
            do {
                int read = readInput(target, offset + count, Math.min(length - count, left));
                left -= read;
                count += read;
                if (left == 0) {
                    lookAhead();
                }
            } while (count < length && left > 0 && input.buffered() > 0);
            return count;
        }

        /** Reads the next frame if it has arrived, so that a body whose end arrived with it is complete. */
        private void lookAhead() throws IOException {
            if (input.hasChunkFrame()) {
                try {
                    nextChunk();
                } catch (ProtocolException e) {
                    malformed = e; // for the next read: what was read before is good
                }
            }
        }

        /** Reads the frame before the next chunk; false if there is none. */
        private boolean nextChunk() throws IOException {
            if (complete) {
                return false;
            }
            if (malformed != null) {
                throw malformed;
            }
            if (begun && !input.readLine(MAX_LINE).isEmpty()) {
                throw new ProtocolException("a chunk is longer than its size");
            }
            begun = true;
            left = size(input.readLine(MAX_LINE));
            if (left == 0) {
                readTrailers();
                complete = true;
            }
            return !complete;
        }

        /** The size before an extension or white space, which no engine sends. */
        private static long size(String line) throws ProtocolException {
            int end = 0;
            long size = 0;
            for (int digit = digit(line, end); digit >= 0; digit = digit(line, ++end)) {
                size = size << 4 | digit;
            }
            if (end == 0 || end > MAX_DIGITS) {
                throw new ProtocolException("a chunk has no size");
            }
            return size;
        }

        private static int digit(String line, int place) {
            return place < line.length() ? Character.digit(line.charAt(place), 16) : -1;
        }

        private void readTrailers() throws IOException {
            while (!input.readLine(MAX_LINE).isEmpty()) {
                // Trailers concern the connection to the node and are not relayed.
            }
        }
    }
}
