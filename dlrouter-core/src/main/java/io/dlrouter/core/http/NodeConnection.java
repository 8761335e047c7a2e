package io.dlrouter.core.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.Executor;

/**
 * An HTTP/1.1 connection to an engine. Used by one thread at a time, except by an {@link Upload}, which writes while
 * that thread reads, and {@link #close()}, which any thread may call.
 */
public final class NodeConnection implements AutoCloseable {
    private final Transport transport;
    private final OutputStream output;
    private final SocketInput input;

    public NodeConnection(Transport transport, InputStream input, OutputStream output) {
        this.transport = transport;
        this.output = output;
        this.input = new SocketInput(input);
    }

    /** The transport of a connection. Used as the connection is. */
    public interface Transport extends Closeable {
        /** As {@link NodeConnection#isQuiet()}. */
        boolean isQuiet();
    }

    SocketInput input() {
        return input;
    }

    /**
     * Sends a request: a small one before this returns, a large one on another thread, so that a response that arrives
     * before its end is read. The upload reports failures, because the node may have responded before.
     *
     * @param threads send large requests
     */
    Upload send(byte[] head, byte[] body, Executor threads) {
        Upload upload = new Upload(output, head, body);
        if (upload.isSmall()) {
            upload.run();
        } else {
            threads.execute(upload);
        }
        return upload;
    }

    /** Whether the engine has left the connection open and sent no unexpected data. */
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
