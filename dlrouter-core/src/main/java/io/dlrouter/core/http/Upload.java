package io.dlrouter.core.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that one thread sends to a node. Another thread may read the response in the meantime, because a node may
 * respond before it has read the whole request (RFC 9112, 9.5). Safe for use by many threads.
 */
final class Upload implements Runnable {
    /** The size of one write. Small requests are sent in one. */
    static final int SLICE = 64 * 1024;

    private final OutputStream output;
    private final byte[] head;
    private final byte[] body;
    private volatile boolean stopped;
    private volatile boolean complete;
    private volatile @Nullable IOException failure;

    Upload(OutputStream output, byte[] head, byte[] body) {
        this.output = output;
        this.head = head;
        this.body = body;
    }

    /** Whether one write sends it. */
    boolean isSmall() {
        return head.length + body.length <= SLICE;
    }

    /** Sends to the end, or until it is stopped. {@link #failure()} returns a failure. */
    @Override
    public void run() {
        try {
            int sent = sendHead();
            while (sent < body.length && !stopped) {
                int length = Math.min(SLICE, body.length - sent);
                output.write(body, sent, length);
                sent += length;
            }
            output.flush();
            complete = sent == body.length;
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            failure = new IOException("the router could not send it", e);
            endConnection();
            throw e;
        }
    }

    /** Without a complete request there is no response to wait for. */
    private void endConnection() {
        try {
            output.close();
        } catch (IOException e) {
            // It has ended.
        }
    }

    /** Sends the head with as much of the body as fits into one write, and returns that amount. */
    private int sendHead() throws IOException {
        int length = Math.min(body.length, Math.max(0, SLICE - head.length));
        byte[] joined = new byte[head.length + length];
        System.arraycopy(head, 0, joined, 0, head.length);
        System.arraycopy(body, 0, joined, head.length, length);
        output.write(joined);
        return length;
    }

    /** Stops sending. A blocked write ends when the connection is closed. */
    void stop() {
        stopped = true;
    }

    /** Whether everything was sent, so that the connection may be reused. */
    boolean isComplete() {
        return complete;
    }

    /** Why it could not be sent; empty if it could, or if that is not known yet. */
    Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }
}
