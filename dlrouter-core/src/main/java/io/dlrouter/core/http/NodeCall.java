package io.dlrouter.core.http;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;
import io.dlrouter.core.runtime.Deadlines;
import io.dlrouter.spi.RouterClock;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request to a node and its response. Used by one thread, except {@link #abort} and {@link #close}, which any thread
 * may call.
 */
public final class NodeCall implements AutoCloseable {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    private final Connections connections;
    private final URI engine;
    private final Object node;
    private final CallTimeouts limits;
    private final CallDeadline deadline;
    private final AtomicReference<@Nullable RouterException> aborted = new AtomicReference<>();
    private final AtomicReference<@Nullable NodeConnection> connection = new AtomicReference<>();
    private volatile @Nullable Closeable connecting;
    private boolean sent;
    private @Nullable Upload upload;
    private @Nullable ResponseHead head;
    private @Nullable ResponseBody response;
    private @Nullable Progress progress;
    private boolean begun;

    /**
     * A call whose time limits begin now.
     *
     * @param node the name of the node in messages, by its {@code toString}
     * @param streamed whether the request asks for a stream
     */
    NodeCall(
            Connections connections,
            URI engine,
            Object node,
            CallTimeouts limits,
            boolean streamed,
            Deadlines deadlines) {
        this.connections = connections;
        this.engine = engine;
        this.node = node;
        this.limits = limits;
        this.deadline = new CallDeadline(node, limits, streamed, deadlines, this::abort);
    }

    /** The connections of a call. Safe for use by many threads. */
    interface Connections {
        /** An idle connection to the engine that is open and quiet, or null. */
        @Nullable
        NodeConnection kept(URI engine);

        /** A new connection. */
        NodeConnection connect(URI engine, Consumer<? super Closeable> onTrying) throws IOException;

        /** Keeps the connection for a later request. */
        void keep(URI engine, NodeConnection connection);

        /** The call has ended. */
        void ended(NodeCall call);

        /** Sends large requests while their responses are read. */
        Executor uploads();

        /** The router's time. */
        RouterClock clock();
    }

    /**
     * Why reading the body of a response failed.
     *
     * @param e the exception of {@link InputStream#read}
     */
    public static RouterException reason(IOException e) {
        return e.getCause() instanceof RouterException reason
                ? reason
                : new BadNodeResponseException(String.valueOf(e.getMessage()), e);
    }

    /** Notified of the progress of a response, by the thread that reads it. */
    public interface Progress {
        void firstByte();

        /** Another chunk of a stream has arrived. */
        void chunk();

        /** These bytes of the body are passed on. */
        void passed(byte[] bytes, int offset, int count);

        /**
         * The connection has ended, and with it a body of unknown length.
         *
         * @throws IOException if the body is not complete
         */
        void connectionEnded() throws IOException;

        /** The body has been read to its end; its last bytes are passed on after this. */
        void complete();

        /** The response has failed before its end. */
        void failed(RouterException reason);
    }

    /** Ends the call at once in any state; the waiting thread gets the reason. */
    public void abort(RouterException reason) {
        aborted.compareAndSet(null, reason);
        disconnect();
        stopConnecting();
    }

    private void stopConnecting() {
        Closeable attempt = connecting;
        if (attempt != null) {
            try {
                attempt.close();
            } catch (IOException e) {
                // There is nothing left to close.
            }
        }
    }

    private NodeConnection connect() throws IOException {
        NodeConnection made = connections.connect(engine, this::connecting);
        connecting = null;
        return made;
    }

    private void connecting(Closeable attempt) {
        connecting = attempt;
        if (aborted.get() != null) {
            stopConnecting();
        }
    }

    private void disconnect() {
        NodeConnection open = connection.getAndSet(null);
        if (open != null) {
            open.close();
        }
    }

    /**
     * Sends the request and waits for status and headers. An idle connection that the node closes while the request is
     * sent is replaced by a new one, once.
     *
     * @throws NodeUnreachableException if there was no response, so that another node may be tried
     * @throws RouterException if the call was aborted, or the response is not HTTP
     */
    public void execute(byte[] requestHead, byte[] requestBody) {
        throwIfStopped();
        try {
            NodeConnection kept = connections.kept(engine);
            if (kept == null || !attemptOn(kept, requestHead, requestBody)) {
                attempt(connect(), requestHead, requestBody);
            }
        } catch (IOException e) {
            throw noResponse(e);
        }
    }

    /**
     * As {@link #execute}, but the request is sent at most once, because a node that has started to process it has
     * consumed the KV cache that it names.
     *
     * @param lastCheck runs once the node is connected, and throws if the request must not be sent
     */
    public void executeOnce(byte[] requestHead, byte[] requestBody, Runnable lastCheck) {
        throwIfStopped();
        try {
            NodeConnection open = openConnection();
            connection.set(open);
            lastCheck.run();
            attempt(open, requestHead, requestBody);
        } catch (IOException e) {
            throw noResponse(e);
        }
    }

    private NodeConnection openConnection() throws IOException {
        NodeConnection kept = connections.kept(engine);
        return kept == null ? connect() : kept;
    }

    private void throwIfStopped() {
        RouterException reason = stopped();
        if (reason != null) {
            throw reason;
        }
    }

    /** Whether there was a response; without one, the connection may have been closed before the request arrived. */
    private boolean attemptOn(NodeConnection kept, byte[] requestHead, byte[] requestBody) throws IOException {
        try {
            attempt(kept, requestHead, requestBody);
            return true;
        } catch (IOException e) {
            if (kept.input().hasBegun() || aborted.get() != null) {
                throw e;
            }
            disconnect();
            return false;
        }
    }

    private void attempt(NodeConnection used, byte[] requestHead, byte[] requestBody) throws IOException {
        connection.set(used);
        if (aborted.get() != null) {
            disconnect();
        }
        used.input().expectResponse();
        sent = true;
        Upload sending = send(used, requestHead, requestBody);
        upload = sending;
        head = ResponseHead.read(used.input());
        sending.stop();
        response = ResponseBody.of(head, used.input());
        if (!head.isEventStream()) {
            deadline.plain();
        }
    }

    private Upload send(NodeConnection used, byte[] requestHead, byte[] requestBody) throws IOException {
        try {
            return used.send(requestHead, requestBody, connections.uploads());
        } catch (RejectedExecutionException e) {
            throw new IOException("the router was closed", e);
        }
    }

    /**
     * Waits for the first byte of the body, or its end if it is empty.
     *
     * @throws NodeUnreachableException if the response ended before, so that another node may be tried
     * @throws RouterException if the call was aborted, or the response is not HTTP
     */
    public void awaitFirstByte() {
        try {
            if (response().awaitByte()) {
                begin();
            }
        } catch (IOException e) {
            throw noResponse(e);
        }
    }

    private void begin() {
        begun = true;
        if (progress != null) {
            progress.firstByte();
        }
        if (head().isEventStream()) {
            deadline.streaming();
        }
    }

    /** Why this side ended the call; null if it did not. */
    private @Nullable RouterException stopped() {
        RouterException reason = aborted.get();
        return reason == null && Thread.currentThread().isInterrupted()
                ? new RequestCancelledException("The thread that waited for the response was interrupted.")
                : reason;
    }

    private RouterException noResponse(IOException e) {
        RouterException reason = stopped();
        if (reason != null) {
            return reason;
        }
        if (e instanceof ProtocolException) {
            return new BadNodeResponseException(
                    "The " + node + " sent a response that is not HTTP: " + message(e) + ".", e);
        }
        return new NodeUnreachableException("The " + node + unreached(e), e, sent);
    }

    private String unreached(IOException e) {
        if (head != null) {
            return " broke off its answer before its first byte: " + message(e) + ".";
        }
        NodeConnection used = connection.get();
        return used == null ? unconnected(e) : withoutResponse(e, used.input().hasBegun());
    }

    private String unconnected(IOException e) {
        if (e instanceof SocketTimeoutException) {
            return " did not accept a connection within " + CallDeadline.seconds(limits.connect())
                    + " (connect timeout).";
        }
        if (e instanceof UnknownHostException) {
            return " could not be reached: its host name does not resolve (" + message(e) + ").";
        }
        return e instanceof ConnectException && message(e).contains("refused")
                ? " refused the connection."
                : " could not be reached: " + message(e) + ".";
    }

    private String withoutResponse(IOException e, boolean begun) {
        if (upload != null && !upload.isComplete()) {
            return " ended the connection while the request was being sent: "
                    + message(upload.failure().orElse(e)) + ".";
        }
        return (e instanceof EOFException ? " closed" : " reset")
                + " the connection "
                + (begun ? "in the middle of the head of its response." : "before it responded.");
    }

    private static String message(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private ResponseHead head() {
        if (head == null) {
            throw new IllegalStateException("the call has no response");
        }
        return head;
    }

    private ResponseBody response() {
        if (response == null) {
            throw new IllegalStateException("the call has no response");
        }
        return response;
    }

    public int status() {
        return head().status();
    }

    /** Whether only the end of the connection marks the end of the response. */
    public boolean endsWithConnection() {
        return response().endsWithConnection();
    }

    /** The back-off that the node asks for; zero if none. */
    public Duration retryAfter() {
        return status() == TOO_MANY_REQUESTS || status() == UNAVAILABLE
                ? head().retryAfter(connections.clock().now())
                : Duration.ZERO;
    }

    /**
     * The response's headers without hop-by-hop headers.
     *
     * @param name a header that is added if it is absent
     */
    public HttpHeaders headers(String name, String value) {
        Map<String, List<String>> headers = head().headers();
        headers.putIfAbsent(name, List.of(value));
        if (head().isChunked()) {
            headers.remove("content-length");
        }
        List<String> connection = headers.getOrDefault("connection", List.of());
        return HttpHeaders.of(headers, (header, ignored) -> HeaderRules.passesToClient(header, connection));
    }

    /** The response's body. Called once. */
    public InputStream body(Progress newProgress) {
        progress = newProgress;
        return new Body(newProgress);
    }

    /** Releases the connection: for a later request if request and response are complete, otherwise by closing it. */
    @Override
    public void close() {
        deadline.end();
        connections.ended(this);
        if (isReusable()) {
            keep();
        } else {
            disconnect();
        }
    }

    private boolean isReusable() {
        return response != null
                && response.isReusable()
                && head().persistent()
                && upload != null
                && upload.isComplete();
    }

    private void keep() {
        NodeConnection reusable = connection.getAndSet(null);
        if (reusable != null) {
            connections.keep(engine, reusable);
        }
    }

    private RouterException broken(IOException e, long bytes) {
        RouterException reason = stopped();
        return reason != null
                ? reason
                : new BadNodeResponseException(
                        "The " + node + " broke off its response after " + bytes + " bytes: " + message(e) + ".", e);
    }

    /** The response's body, which applies the time limits and reports failures. */
    private final class Body extends BodyInputStream {
        private final Progress progress;
        private final boolean isStream = head().isEventStream();
        private boolean ended;
        private @Nullable IOException failure;
        private long bytes;

        Body(Progress progress) {
            this.progress = progress;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (failure != null) {
                throw failure; // what follows a broken frame must not be taken for the end
            }
            if (ended || length == 0) {
                return ended ? -1 : 0;
            }
            deadline.waiting();
            int count = readResponse(target, offset, length);
            if (count >= 0) {
                received(count);
                progress.passed(target, offset, count);
                deadline.received(target, offset, count);
            }
            if (response().isComplete()) {
                ended = true;
                progress.complete();
            }
            return count;
        }

        private int readResponse(byte[] target, int offset, int length) throws IOException {
            try {
                int count = response().read(target, offset, length);
                if (count < 0 && response().endsWithConnection()) {
                    progress.connectionEnded();
                }
                return count;
            } catch (IOException e) {
                RouterException reason = broken(e, bytes);
                failure = new IOException(reason.getMessage(), reason);
                progress.failed(reason);
                throw failure;
            }
        }

        private void received(int count) {
            if (!begun) {
                begin();
            } else if (isStream && bytes > 0) {
                progress.chunk();
            }
            bytes += count;
        }

        @Override
        public void close() {
            NodeCall.this.close();
        }
    }
}
