package io.dlrouter.simulator;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a client sends. They are read on the connection's thread until that thread first {@linkplain #pause
 * pauses}; from then on a second thread reads ahead, so that a client that disconnects during the pause is noticed at once.
 * Reading and pausing belong to one thread, {@link #close} may come from any.
 */
final class ClientInput {
    private final Socket socket;
    private final InputStream in;
    private byte[] buffer = new byte[8192];
    private int position;
    private int limit;
    private boolean watched;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private byte[] ahead = new byte[8192];
    private int aheadLimit;
    private @Nullable Instant left;

    ClientInput(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
    }

    /** Waits for the next request's first byte; false when the client closed, or said nothing for so long (zero: no limit). */
    boolean awaitByte(Duration limitOfSilence) throws IOException {
        if (position < limit) {
            return true;
        }
        try {
            return watched ? takeAhead(limitOfSilence) : fill(limitOfSilence);
        } catch (SocketTimeoutException silent) {
            return false;
        }
    }

    int read() throws IOException {
        require();
        return buffer[position++] & 0xff;
    }

    byte[] read(int length) throws IOException {
        byte[] bytes = new byte[length];
        for (int filled = 0; filled < length; ) {
            require();
            int count = Math.min(length - filled, limit - position);
            System.arraycopy(buffer, position, bytes, filled, count);
            position += count;
            filled += count;
        }
        return bytes;
    }

    /** Drops what still comes, until the client closes or says nothing for so long. */
    void drain(Duration limitOfSilence) throws IOException {
        while (awaitByte(limitOfSilence)) {
            position = limit;
        }
    }

    /** Lets the time pass; throws when the client disconnects meanwhile. */
    void pause(long nanos) throws IOException {
        await(() -> false, nanos);
    }

    /** Waits for an event; false when it did not come in time. Throws when the client disconnects meanwhile. */
    boolean await(CompletableFuture<Void> event, Duration timeout) throws IOException {
        CompletableFuture<Void> listening = event.whenComplete((nothing, failure) -> signal());
        try {
            return await(event::isDone, timeout.toNanos());
        } finally {
            listening.cancel(false);
        }
    }

    private boolean await(BooleanSupplier done, long nanos) throws IOException {
        if (done.getAsBoolean() || nanos <= 0) {
            return done.getAsBoolean();
        }
        watch();
        lock.lock();
        try {
            long remaining = nanos;
            while (!done.getAsBoolean() && remaining > 0 && left == null) {
                remaining = changed.awaitNanos(remaining);
            }
            if (left != null && !done.getAsBoolean()) {
                throw new ClientLeftException(left);
            }
            return done.getAsBoolean();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } finally {
            lock.unlock();
        }
    }

    private void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends every wait in here. */
    void close() {
        lock.lock();
        try {
            left = left == null ? Instant.now() : left;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void require() throws IOException {
        if (!awaitByte(Duration.ZERO)) {
            throw new EOFException("connection closed within a request");
        }
    }

    private boolean fill(Duration limitOfSilence) throws IOException {
        socket.setSoTimeout(Math.toIntExact(limitOfSilence.toMillis()));
        position = 0;
        limit = Math.max(0, in.read(buffer));
        return limit > 0;
    }

    private boolean takeAhead(Duration limitOfSilence) throws IOException {
        lock.lock();
        try {
            awaitAhead(limitOfSilence);
            byte[] taken = ahead;
            ahead = buffer;
            buffer = taken;
            position = 0;
            limit = aheadLimit;
            aheadLimit = 0;
            changed.signalAll();
            return limit > 0;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } finally {
            lock.unlock();
        }
    }

    private void awaitAhead(Duration limitOfSilence) throws InterruptedException {
        long remaining = limitOfSilence.isZero() ? Long.MAX_VALUE : limitOfSilence.toNanos();
        while (aheadLimit == 0 && left == null && remaining > 0) {
            remaining = changed.awaitNanos(remaining);
        }
    }

    private void watch() throws IOException {
        if (!watched) {
            watched = true;
            socket.setSoTimeout(0);
            EngineThreads.EXECUTOR.execute(this::readAhead);
        }
    }

    private void readAhead() {
        byte[] received = new byte[8192];
        try {
            for (int count = in.read(received); count > 0; count = in.read(received)) {
                received = handOver(received, count);
            }
        } catch (IOException | InterruptedException gone) {
            // the same to the engine as a clean end
        }
        close();
    }

    private byte[] handOver(byte[] received, int count) throws InterruptedException {
        lock.lock();
        try {
            while (aheadLimit > 0 && left == null) {
                changed.await();
            }
            byte[] free = ahead;
            ahead = received;
            aheadLimit = count;
            changed.signalAll();
            return free;
        } finally {
            lock.unlock();
        }
    }
}
