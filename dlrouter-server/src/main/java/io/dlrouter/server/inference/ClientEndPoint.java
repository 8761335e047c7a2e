package io.dlrouter.server.inference;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection that detects at once when the client disconnects while its request is served. Jetty does not read
 * from an HTTP/1.1 connection then, and would detect it only with its next write. Bytes that the client sends early, which
 * few do, are kept for its next request. While a response is in progress the connection is closed so that the client cannot
 * take the response for complete. Safe for use by many threads.
 */
final class ClientEndPoint implements EndPoint, EndPoint.Wrapper {
    private static final Logger LOG = LoggerFactory.getLogger(ClientEndPoint.class);
    private static final int EARLY_BYTES = 4096;
    private static final int DISCARDED_BUFFERS = 64;

    private final EndPoint endPoint;
    private final Executor executor;
    private final ReentrantLock lock = new ReentrantLock();
    private final Callback onReadable = new OnReadable();
    private boolean registered;
    private @Nullable Callback reader;
    private @Nullable Runnable onDisconnect;
    private ByteBuffer early = BufferUtil.EMPTY_BUFFER;
    private boolean disconnected;
    private volatile @Nullable ResponseEnd unfinished;

    /** @param executor runs the reader of what came early */
    ClientEndPoint(EndPoint endPoint, Executor executor) {
        this.endPoint = endPoint;
        this.executor = executor;
    }

    /**
     * Watches the client until {@link #stopWatching()}.
     *
     * @param action is run once, by any thread, when the client has closed its side of the connection
     */
    void watchForDisconnect(Runnable action) {
        lock.lock();
        try {
            if (!disconnected) {
                onDisconnect = action;
                register();
                return;
            }
        } finally {
            lock.unlock();
        }
        action.run();
    }

    void stopWatching() {
        lock.lock();
        try {
            onDisconnect = null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A response has begun: until it {@link #completeResponse()}, whatever closes the connection shows the client that the
     * response is not whole. A connection whose end would show the opposite is then reset, also if this process dies.
     */
    void beginResponse(ResponseEnd end) {
        if (end == ResponseEnd.CONNECTION_CLOSE) {
            resetOnClose(true);
        }
        unfinished = end;
    }

    /** All of the response has been written but what ends it. */
    void completeResponse() {
        if (unfinished == ResponseEnd.CONNECTION_CLOSE) {
            resetOnClose(false);
        }
        unfinished = null;
    }

    /** Whether to reset: with a linger time of 0 the system sends no FIN. */
    private void resetOnClose(boolean reset) {
        if (transport().getTransport() instanceof NetworkChannel channel) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, reset ? 0 : -1);
            } catch (IOException e) {
                LOG.debug("The client's connection is closed already", e);
            }
        }
    }

    /** The connection below TLS, if there is any: TLS would end with a close_notify, which calls all that came whole. */
    private EndPoint transport() {
        return endPoint instanceof SslConnection.SslEndPoint secured
                ? secured.getSslConnection().getEndPoint()
                : endPoint;
    }

    private void register() {
        if (!registered && early.remaining() < EARLY_BYTES) {
            registered = true;
            endPoint.fillInterested(onReadable);
        }
    }

    /** The one registration at the connection for both readers: the HTTP parser and the watch for a disconnect. */
    private final class OnReadable implements Callback {
        @Override
        public void succeeded() {
            Runnable next;
            lock.lock();
            try {
                registered = false;
                next = reader != null ? takeReader()::succeeded : onDisconnect != null ? readAhead() : () -> {};
            } finally {
                lock.unlock();
            }
            next.run();
        }

        @Override
        public void failed(Throwable cause) {
            Runnable next;
            lock.lock();
            try {
                registered = false;
                next = afterFailure(cause);
            } finally {
                lock.unlock();
            }
            next.run();
        }

        /** A timeout ends no watch: a client that waits for its response is idle. */
        private Runnable afterFailure(Throwable cause) {
            if (reader != null) {
                Callback taken = takeReader();
                return () -> taken.failed(cause);
            }
            if (onDisconnect == null) {
                return () -> {};
            }
            if (cause instanceof TimeoutException) {
                register();
                return () -> {};
            }
            return takeOnDisconnect();
        }

        @Override
        public InvocationType getInvocationType() {
            Callback waiting = reader;
            return waiting == null ? InvocationType.BLOCKING : waiting.getInvocationType();
        }
    }

    private Callback takeReader() {
        Callback taken = reader;
        reader = null;
        return taken == null ? Callback.NOOP : taken;
    }

    private Runnable takeOnDisconnect() {
        disconnected = true;
        Runnable taken = onDisconnect;
        onDisconnect = null;
        return taken == null ? () -> {} : taken;
    }

    private Runnable readAhead() {
        if (!early.hasRemaining()) {
            early = BufferUtil.allocate(EARLY_BYTES);
        }
        if (fillFrom(early) < 0) {
            return takeOnDisconnect();
        }
        register();
        return () -> {};
    }

    private int fillFrom(ByteBuffer buffer) {
        try {
            return endPoint.fill(buffer);
        } catch (IOException e) {
            return -1;
        }
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        lock.lock();
        try {
            if (early.hasRemaining()) {
                return BufferUtil.append(buffer, early);
            }
            return disconnected ? -1 : endPoint.fill(buffer);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void fillInterested(Callback callback) {
        if (!tryFillInterested(callback)) {
            throw new ReadPendingException();
        }
    }

    @Override
    public boolean tryFillInterested(Callback callback) {
        lock.lock();
        try {
            if (reader != null) {
                return false;
            }
            if (disconnected || early.hasRemaining()) {
                executor.execute(callback::succeeded);
                return true;
            }
            reader = callback;
            register();
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isFillInterested() {
        lock.lock();
        try {
            return reader != null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public EndPoint unwrap() {
        return endPoint;
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return endPoint.getLocalSocketAddress();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return endPoint.getRemoteSocketAddress();
    }

    @Override
    public boolean isOpen() {
        return endPoint.isOpen();
    }

    @Override
    public long getCreatedTimeStamp() {
        return endPoint.getCreatedTimeStamp();
    }

    @Override
    public void shutdownOutput() {
        endPoint.shutdownOutput();
    }

    @Override
    public boolean isOutputShutdown() {
        return endPoint.isOutputShutdown();
    }

    @Override
    public boolean isInputShutdown() {
        return endPoint.isInputShutdown();
    }

    @Override
    public void close(@Nullable Throwable cause) {
        ResponseEnd end = unfinished;
        if (end != null) {
            truncate(end, cause);
        }
        endPoint.close(cause);
    }

    /**
     * Ends the connection without the end of the response. What has been written before still reaches the client, unless
     * only a reset can show that it is not all.
     */
    private void truncate(ResponseEnd end, @Nullable Throwable cause) {
        EndPoint transport = transport();
        if (end == ResponseEnd.FRAMED) {
            transport.shutdownOutput();
            discardInput(transport);
        }
        transport.close(cause);
    }

    /** A connection that is closed with bytes unread is reset, and a reset may overtake what was written. */
    private void discardInput(EndPoint transport) {
        ByteBuffer discarded = BufferUtil.allocate(EARLY_BYTES);
        lock.lock();
        try {
            disconnected = true;
            for (int i = 0; i < DISCARDED_BUFFERS && transport.fill(discarded) > 0; i++) {
                BufferUtil.clear(discarded);
            }
        } catch (IOException e) {
            LOG.debug("The client has left", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        return endPoint.flush(buffers);
    }

    @Override
    public Object getTransport() {
        return endPoint.getTransport();
    }

    @Override
    public long getIdleTimeout() {
        return endPoint.getIdleTimeout();
    }

    @Override
    public void setIdleTimeout(long idleTimeout) {
        endPoint.setIdleTimeout(idleTimeout);
    }

    @Override
    public void write(Callback callback, ByteBuffer... buffers) throws WritePendingException {
        endPoint.write(callback, buffers);
    }

    @Override
    public Callback cancelWrite(Throwable cause) {
        return endPoint.cancelWrite(cause);
    }

    @Override
    public Connection getConnection() {
        return endPoint.getConnection();
    }

    @Override
    public void setConnection(Connection connection) {
        endPoint.setConnection(connection);
    }

    @Override
    public void onOpen() {
        endPoint.onOpen();
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        endPoint.onClose(cause);
    }

    @Override
    public void upgrade(Connection newConnection) {
        endPoint.upgrade(newConnection);
    }

    @Override
    public @Nullable SslSessionData getSslSessionData() {
        return endPoint.getSslSessionData();
    }
}
