package io.dlrouter.simulator;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * One direction of an in-memory connection: bytes from its writer to its reader, with room for a few. Safe for use by any
 * thread.
 */
final class Pipe {
    private static final int CAPACITY = 64 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private byte[] buffer = new byte[1024];
    private int next;
    private int count;
    private boolean readerClosed;
    private Writer writer = Writer.OPEN;

    /** How the writer's side stands. */
    private enum Writer {
        OPEN,
        /** There is nothing more to come. */
        ENDED,
        /** The same, and the reader is not to take it for a good end. */
        RESET
    }

    /**
     * Waits for at least one byte; -1 at the end.
     *
     * @param timeoutMillis 0 for none
     * @throws SocketTimeoutException when none came in time
     * @throws SocketException when the connection was reset, or this side closed it
     */
    int read(byte[] target, int offset, int length, int timeoutMillis) throws IOException {
        lock.lock();
        try {
            awaitInput(timeoutMillis);
            if (readerClosed) {
                throw new SocketException("Socket closed");
            }
            if (count > 0) {
                return take(target, offset, length);
            }
            if (writer == Writer.RESET) {
                throw new SocketException("Connection reset");
            }
            return -1;
        } finally {
            lock.unlock();
        }
    }

    private void awaitInput(int timeoutMillis) throws IOException {
        long limit = timeoutMillis == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        if (!await(() -> count > 0 || isOver(), limit)) {
            throw new SocketTimeoutException("Read timed out");
        }
    }

    private int take(byte[] target, int offset, int length) {
        int taken = Math.min(length, count);
        int untilEnd = Math.min(taken, buffer.length - next);
        System.arraycopy(buffer, next, target, offset, untilEnd);
        System.arraycopy(buffer, 0, target, offset + untilEnd, taken - untilEnd);
        next = (next + taken) % buffer.length;
        count -= taken;
        changed.signalAll();
        return taken;
    }

    /**
     * Writes all, and waits for room where there is none.
     *
     * @throws SocketException when the reader's side or this one is closed
     */
    void write(byte[] source, int offset, int length) throws IOException {
        lock.lock();
        try {
            int written = 0;
            while (written < length) {
                awaitRoom();
                int more = Math.min(length - written, CAPACITY - count);
                put(source, offset + written, more);
                written += more;
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom() throws IOException {
        boolean unused = await(() -> count < CAPACITY || isOver(), Long.MAX_VALUE);
        if (writer != Writer.OPEN) {
            throw new SocketException("Socket closed");
        }
        if (readerClosed) {
            throw new SocketException("Broken pipe");
        }
    }

    private void put(byte[] source, int offset, int length) {
        if (count + length > buffer.length) {
            grow(count + length);
        }
        int end = (next + count) % buffer.length;
        int untilEnd = Math.min(length, buffer.length - end);
        System.arraycopy(source, offset, buffer, end, untilEnd);
        System.arraycopy(source, offset + untilEnd, buffer, 0, length - untilEnd);
        count += length;
        changed.signalAll();
    }

    private void grow(int needed) {
        byte[] larger = new byte[Math.max(needed, Math.min(CAPACITY, 2 * buffer.length))];
        int kept = count;
        take(larger, 0, kept);
        buffer = larger;
        next = 0;
        count = kept;
    }

    private boolean isOver() {
        return writer != Writer.OPEN || readerClosed;
    }

    /** Whether the condition came about within the limit. */
    private boolean await(BooleanSupplier condition, long nanos) throws IOException {
        try {
            long left = nanos;
            while (!condition.getAsBoolean() && left > 0) {
                left = changed.awaitNanos(left);
            }
            return condition.getAsBoolean();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new SocketException("Closed by interrupt");
        }
    }

    /** Nothing more comes after what has been written. */
    void end() {
        endAs(Writer.ENDED);
    }

    /** The reader's next read fails once it has read what has been written. */
    void reset() {
        endAs(Writer.RESET);
    }

    private void endAs(Writer end) {
        lock.lock();
        try {
            writer = writer == Writer.RESET ? writer : end;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nobody reads any more; gives whether everything was read that was written. */
    boolean closeReader() {
        lock.lock();
        try {
            readerClosed = true;
            changed.signalAll();
            return count == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a read would have to wait. */
    boolean isQuiet() {
        lock.lock();
        try {
            return count == 0 && !isOver();
        } finally {
            lock.unlock();
        }
    }
}
