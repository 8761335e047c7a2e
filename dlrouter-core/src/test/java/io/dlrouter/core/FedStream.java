package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A stream whose each read gives what was fed to it at one time, as far as there is room for it, and waits when nothing
 * more was.
 */
public final class FedStream extends InputStream {
    private final BlockingQueue<Read> reads = new LinkedBlockingQueue<>();
    private Read rest = Read.of(new byte[0]);
    private boolean closed;

    /** What a read gives: bytes, the end or a failure. */
    @FunctionalInterface
    private interface Read {
        byte[] bytes() throws IOException;

        static Read of(byte[] bytes) {
            return () -> bytes;
        }
    }

    public FedStream feed(String text) {
        return feed(text.getBytes(UTF_8));
    }

    public FedStream feed(byte[] bytes) {
        reads.add(Read.of(bytes));
        return this;
    }

    /** Ends the stream. */
    public void end() {
        feed(new byte[0]);
    }

    /** Has all further reads fail. */
    public void fail(IOException failure) {
        reads.add(() -> {
            throw failure;
        });
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        byte[] given = rest.bytes();
        if (given.length == 0) {
            rest = next();
            given = rest.bytes();
        }
        int count = Math.min(length, given.length);
        System.arraycopy(given, 0, target, offset, count);
        return count(given, count);
    }

    private int count(byte[] given, int count) {
        if (given.length == 0) {
            end();
            return -1;
        }
        rest = Read.of(Arrays.copyOfRange(given, count, given.length));
        return count;
    }

    private Read next() {
        try {
            return reads.take();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }
}
