package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Talks HTTP to nodes; the one class that knows OkHttp. Each engine has a connection pool of its own, because to look
 * for an idle connection OkHttp walks over all that a pool holds. Connections are kept idle for less than the five
 * seconds after which uvicorn, under vLLM and LMDeploy, closes them; on one that was closed nevertheless OkHttp sends
 * the request once more.
 */
final class OkHttpNodeClient implements AutoCloseable {
    private static final Duration KEEP_IDLE = Duration.ofSeconds(4);
    private static final int MAX_IDLE = 1024;
    private static final long MAX_PROBE_BYTES = 4L << 20;

    private final Limits limits;
    private final Deadlines deadlines = new Deadlines();
    private final OkHttpClient base;
    private final Map<URI, OkHttpClient> clients = new ConcurrentHashMap<>();
    private final Set<Exchange> open = ConcurrentHashMap.newKeySet();

    OkHttpNodeClient(Limits limits) {
        this.limits = limits;
        this.base = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectTimeout(limits.connect())
                .readTimeout(Duration.ZERO)
                .writeTimeout(Duration.ZERO)
                .followRedirects(false)
                .fastFallback(false)
                .build();
    }

    private OkHttpClient clientFor(URI engine) {
        return clients.computeIfAbsent(engine, this::newClient);
    }

    private OkHttpClient newClient(URI engine) {
        return base.newBuilder()
                .connectionPool(new ConnectionPool(MAX_IDLE, KEEP_IDLE.toMillis(), TimeUnit.MILLISECONDS))
                .build();
    }

    /** Drops the idle connections to an engine that no node is left on. */
    void forget(URI engine) {
        OkHttpClient client = clients.remove(engine);
        if (client != null) {
            client.connectionPool().evictAll();
        }
    }

    /** A small answer, read whole. */
    record Answer(int status, String body) {}

    /**
     * Asks a node for something small, on a connection of its own.
     *
     * @throws IOException if it does not answer within the limit
     */
    Answer get(URI engine, String path, @Nullable String bearer, Duration limit) throws IOException {
        Request.Builder request = new Request.Builder().url(engine + path).header("Connection", "close");
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        OkHttpClient client =
                base.newBuilder().callTimeout(limit).connectTimeout(limit).build();
        try (Response response = client.newCall(request.build()).execute()) {
            return new Answer(
                    response.code(), response.peekBody(MAX_PROBE_BYTES).string());
        }
    }

    /**
     * Prepares a request to a node.
     *
     * @param clientHeaders the client's; those that concern its own connection are left out
     * @param set headers to send in place of the client's
     */
    Exchange exchange(LiveNode node, String path, HttpHeaders clientHeaders, Map<String, String> set, byte[] body) {
        URI engine = node.spec().address().url();
        Request.Builder request = new Request.Builder().url(engine + path).header("Accept-Encoding", "identity");
        clientHeaders.map().forEach((name, values) -> {
            if (HeaderRules.passesToNode(name, clientHeaders)) {
                values.forEach(value -> request.addHeader(name, value));
            }
        });
        set.forEach(request::header);
        request.post(RequestBody.create(body, null));
        return new Exchange(node, clientFor(engine).newCall(request.build()));
    }

    @Override
    public void close() {
        open.forEach(exchange -> exchange.abort(new RequestCancelledException("The router was closed.")));
        deadlines.close();
        clients.keySet().forEach(this::forget);
    }

    /**
     * One request to a node and its answer. Used by one thread, except {@link #abort} and {@link #close}, which any may
     * call.
     */
    final class Exchange implements AutoCloseable {
        private final LiveNode node;
        private final Call call;
        private final AtomicReference<@Nullable RouterException> aborted = new AtomicReference<>();
        private final Deadlines.Deadline deadline;
        private @Nullable Response response;
        /** Whether the first byte of a stream is in: from then on only silence is limited. */
        private volatile boolean streaming;

        private volatile boolean complete;

        private Exchange(LiveNode node, Call call) {
            this.node = node;
            this.call = call;
            this.deadline = deadlines.start(limits.request(), this::tookTooLong);
            open.add(this);
        }

        private void tookTooLong() {
            abort(new NodeTimeoutException(
                    streaming
                            ? "The " + node + " sent nothing for " + seconds(limits.streamIdle())
                                    + " in the middle of its answer (stream idle timeout)."
                            : "The " + node + " did not answer within " + seconds(limits.request())
                                    + " (request timeout)."));
        }

        /** Ends the exchange at once, wherever it stands; the thread that waits for it is told why. */
        void abort(RouterException reason) {
            aborted.compareAndSet(null, reason);
            call.cancel();
        }

        /**
         * Sends the request and waits for status and headers.
         *
         * @throws NodeUnreachableException if there was no answer at all, so that another node may be asked
         * @throws RouterException if the exchange was aborted, or the answer is not HTTP
         */
        void execute() {
            try {
                response = call.execute();
            } catch (IOException e) {
                throw noAnswer(e);
            }
        }

        private RouterException noAnswer(IOException e) {
            RouterException reason = aborted.get();
            if (reason != null) {
                return reason;
            }
            if (e instanceof InterruptedIOException && Thread.currentThread().isInterrupted()) {
                return new RequestCancelledException("The thread that waited for the answer was interrupted.");
            }
            return e instanceof ProtocolException
                    ? new BadNodeResponseException(
                            "The " + node + " gave an answer that is not HTTP: " + e.getMessage(), e)
                    : new NodeUnreachableException("The " + node + " could not be reached: " + said(e) + ".", e);
        }

        private static String said(IOException e) {
            return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        }

        int status() {
            return answer().code();
        }

        HttpHeaders headers() {
            return HttpHeaders.of(answer().headers().toMultimap(), (name, value) -> HeaderRules.passesToClient(name));
        }

        private Response answer() {
            if (response == null) {
                throw new IllegalStateException("the exchange has no answer");
            }
            return response;
        }

        /** @param onComplete is run when the body has been read to its end */
        InputStream body(Runnable onComplete) {
            return new Body(answer().body().byteStream(), isStream(answer()), onComplete);
        }

        private void completed() {
            complete = true;
            close();
        }

        /** Frees the connection: for the next request if the answer was read to its end, else by closing it. */
        @Override
        public void close() {
            open.remove(this);
            deadline.cancel();
            if (!complete) {
                call.cancel();
            }
            if (response != null) {
                response.close();
            }
        }

        private IOException broken(IOException e, long bytes) {
            RouterException reason = aborted.get();
            if (reason == null) {
                reason = new BadNodeResponseException(
                        "The " + node + " broke off its answer after " + bytes + " bytes: " + said(e) + ".", e);
            }
            return new IOException(reason.getMessage(), reason);
        }

        /** The answer's body, which keeps the limits and says why it failed. */
        private final class Body extends InputStream {
            private final InputStream source;
            private final boolean isStream;
            private final Runnable onComplete;
            private long bytes;

            Body(InputStream source, boolean isStream, Runnable onComplete) {
                this.source = source;
                this.isStream = isStream;
                this.onComplete = onComplete;
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                if (complete) {
                    return -1;
                }
                if (streaming) {
                    deadline.prolong(limits.streamIdle());
                }
                int count = readSource(target, offset, length);
                if (count < 0) {
                    completed();
                    onComplete.run();
                } else {
                    received(count);
                }
                return count;
            }

            private int readSource(byte[] target, int offset, int length) throws IOException {
                try {
                    return source.read(target, offset, length);
                } catch (IOException e) {
                    throw broken(e, bytes);
                }
            }

            /** While a slow client keeps its reader from reading on, a stream's silence is not the node's. */
            private void received(int count) {
                bytes += count;
                if (isStream) {
                    streaming = true;
                    deadline.suspend();
                }
            }

            @Override
            public int available() throws IOException {
                return source.available();
            }

            @Override
            public void close() {
                Exchange.this.close();
            }
        }
    }

    private static boolean isStream(Response response) {
        String type = response.header("Content-Type");
        return type != null && type.startsWith("text/event-stream");
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() / 1000.0 + " s";
    }
}
