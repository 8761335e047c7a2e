package io.dlrouter.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One end of a connection of an {@link InMemoryNetwork}. It is made connected. Safe for use by one reader and one writer at
 * a time; {@link #close()} may come from any thread and ends their waits.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // a flag and an atomic need no lock
public final class InMemorySocket extends Socket {
    private final Pipe in;
    private final Pipe out;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean resets;
    private volatile int timeoutMillis;

    InMemorySocket(Pipe in, Pipe out) {
        this.in = in;
        this.out = out;
    }

    /** Whether the other end has left the connection open and sent nothing that is unread. Never waits. */
    public boolean isQuiet() {
        return in.isQuiet();
    }

    @Override
    public InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return length == 0 ? 0 : in.read(target, offset, length, timeoutMillis);
            }
        };
    }

    @Override
    public OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] source, int offset, int length) throws IOException {
                out.write(source, offset, length);
            }
        };
    }

    @Override
    public void setSoTimeout(int millis) {
        timeoutMillis = millis;
    }

    /** A linger time of zero lets {@link #close()} reset the connection. */
    @Override
    public void setSoLinger(boolean on, int seconds) {
        resets = on && seconds == 0;
    }

    @Override
    public void setTcpNoDelay(boolean on) {
        // Nothing is delayed.
    }

    @Override
    public void shutdownOutput() {
        out.end();
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isClosed() {
        return closed.get();
    }

    /** As over TCP, an end that has not read all that came resets the connection. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            boolean readAll = in.closeReader();
            if (resets || !readAll) {
                out.reset();
            } else {
                out.end();
            }
        }
    }

    @Override
    public String toString() {
        return closed.get() ? "closed in-memory connection" : "in-memory connection";
    }
}
