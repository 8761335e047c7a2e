package io.dlrouter.core;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** One HTTP/1.1 connection to an engine. Used by one thread at a time, except {@link #close()}, which any may call. */
final class NodeConnection implements AutoCloseable {
    /** A head and a body up to this size go out in one write. */
    private static final int JOINED = 64 * 1024;

    private final Transport transport;

    private final OutputStream output;
    private final SocketInput input;

    NodeConnection(Transport transport, InputStream input, OutputStream output) {
        this.transport = transport;
        this.output = output;
        this.input = new SocketInput(input);
    }

    /** What carries the bytes. Used as the connection is. */
    interface Transport extends Closeable {
        /** As {@link NodeConnection#isQuiet()}. */
        boolean isQuiet();
    }

    SocketInput input() {
        return input;
    }

    void send(byte[] head, byte[] body) throws IOException {
        if (head.length + body.length <= JOINED) {
            byte[] joined = new byte[head.length + body.length];
            System.arraycopy(head, 0, joined, 0, head.length);
            System.arraycopy(body, 0, joined, head.length, body.length);
            output.write(joined);
        } else {
            output.write(head);
            output.write(body);
        }
        output.flush();
    }

    /** Whether the engine has left the connection open, and sent no data on it that nobody asked for. */
    boolean isQuiet() {
        return transport.isQuiet();
    }

    @Override
    public void close() {
        try {
            transport.close();
        } catch (IOException e) {
            // There is nothing left to close.
        }
    }
}
