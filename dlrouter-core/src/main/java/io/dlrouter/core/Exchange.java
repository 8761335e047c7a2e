package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One request to a node and its answer. Used by one thread, except {@link #abort} and {@link #close}, which any may
 * call.
 */
final class Exchange implements AutoCloseable {
    private final Exchanges exchanges;
    private final LiveNode node;
    private final Limits limits;
    private final Deadlines.Deadline deadline;
    private final AtomicReference<@Nullable RouterException> aborted = new AtomicReference<>();
    private final AtomicReference<@Nullable NodeConnection> connection = new AtomicReference<>();
    private boolean sent;
    private @Nullable AnswerHead head;
    private @Nullable AnswerBody answer;
    /** Whether the first byte of a stream is in: from then on only silence is limited. */
    private volatile boolean streaming;

    Exchange(Exchanges exchanges, LiveNode node, Limits limits, Deadlines deadlines) {
        this.exchanges = exchanges;
        this.node = node;
        this.limits = limits;
        this.deadline = deadlines.start(limits.request(), this::tookTooLong);
    }

    private void tookTooLong() {
        abort(new NodeTimeoutException(
                streaming
                        ? "The " + node + " sent nothing for " + seconds(limits.streamIdle())
                                + " in the middle of its answer (stream idle timeout)."
                        : "The " + node + " did not answer within " + seconds(limits.request())
                                + " (request timeout)."));
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() / 1000.0 + " s";
    }

    /** Ends the exchange at once, wherever it stands; the thread that waits for it is told why. */
    void abort(RouterException reason) {
        aborted.compareAndSet(null, reason);
        disconnect();
    }

    private void disconnect() {
        NodeConnection open = connection.getAndSet(null);
        if (open != null) {
            open.close();
        }
    }

    /**
     * Sends the request and waits for status and headers. A kept connection that turns out to be closed is replaced by
     * a new one, once.
     *
     * @throws NodeUnreachableException if there was no answer at all, so that another node may be asked
     * @throws RouterException if the exchange was aborted, or the answer is not HTTP
     */
    void execute(byte[] requestHead, byte[] requestBody) {
        throwIfStopped();
        try {
            NodeConnection kept = exchanges.kept(node);
            if (kept == null || !attemptOn(kept, requestHead, requestBody)) {
                attempt(exchanges.connect(node), requestHead, requestBody);
            }
        } catch (IOException e) {
            throw noAnswer(e);
        }
    }

    /**
     * As {@link #execute}, but the request goes out once at most, because a node that has begun to work on it has used
     * up what it names: a kept connection is taken only if it is still open.
     *
     * @param lastCheck is run once the node is connected, and throws if nothing is to be sent to it after all
     */
    void executeOnce(byte[] requestHead, byte[] requestBody, Runnable lastCheck) {
        throwIfStopped();
        try {
            NodeConnection open = openConnection();
            connection.set(open);
            lastCheck.run();
            attempt(open, requestHead, requestBody);
        } catch (IOException e) {
            throw noAnswer(e);
        }
    }

    private NodeConnection openConnection() throws IOException {
        for (NodeConnection kept = exchanges.kept(node); kept != null; kept = exchanges.kept(node)) {
            if (kept.isQuiet()) {
                return kept;
            }
            kept.close();
        }
        return exchanges.connect(node);
    }

    private void throwIfStopped() {
        RouterException reason = stopped();
        if (reason != null) {
            throw reason;
        }
    }

    /** Whether there was an answer; if there was none, the connection may have been closed before the request came. */
    private boolean attemptOn(NodeConnection kept, byte[] requestHead, byte[] requestBody) throws IOException {
        try {
            attempt(kept, requestHead, requestBody);
            return true;
        } catch (IOException e) {
            boolean answerBegan = kept.input().hasBegun();
            disconnect();
            if (answerBegan || aborted.get() != null) {
                throw e;
            }
            return false;
        }
    }

    private void attempt(NodeConnection used, byte[] requestHead, byte[] requestBody) throws IOException {
        connection.set(used);
        if (aborted.get() != null) {
            disconnect();
        }
        used.input().expectAnswer();
        sent = true;
        used.send(requestHead, requestBody);
        head = AnswerHead.read(used.input());
        answer = AnswerBody.of(head, used.input());
    }

    /** Why this side ended the exchange; null if it did not. */
    private @Nullable RouterException stopped() {
        RouterException reason = aborted.get();
        return reason == null && Thread.currentThread().isInterrupted()
                ? new RequestCancelledException("The thread that waited for the answer was interrupted.")
                : reason;
    }

    private RouterException noAnswer(IOException e) {
        RouterException reason = stopped();
        if (reason != null) {
            return reason;
        }
        return e instanceof ProtocolException
                ? new BadNodeResponseException("The " + node + " gave an answer that is not HTTP: " + said(e) + ".", e)
                : new NodeUnreachableException("The " + node + " could not be reached: " + said(e) + ".", e, sent);
    }

    private static String said(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private AnswerHead head() {
        if (head == null) {
            throw new IllegalStateException("the exchange has no answer");
        }
        return head;
    }

    int status() {
        return head().status();
    }

    /**
     * The answer's headers, less those that concern only the connection.
     *
     * @param name of a header that is added if the node gave none
     */
    HttpHeaders headers(String name, String value) {
        Map<String, List<String>> headers = head().headers();
        headers.putIfAbsent(name, List.of(value));
        if (head().isChunked()) {
            headers.remove("content-length");
        }
        List<String> connection = headers.getOrDefault("connection", List.of());
        return HttpHeaders.of(headers, (header, ignored) -> HeaderRules.passesToClient(header, connection));
    }

    /** @param onComplete is run when the body has been read to its end */
    InputStream body(Runnable onComplete) {
        return new Body(onComplete);
    }

    /** Frees the connection: for the next request if the answer was read to its end, else by closing it. */
    @Override
    public void close() {
        deadline.cancel();
        exchanges.ended(this);
        if (answer != null && answer.isReusable() && head().persistent()) {
            keep();
        } else {
            disconnect();
        }
    }

    private void keep() {
        NodeConnection reusable = connection.getAndSet(null);
        if (reusable != null) {
            exchanges.keep(node, reusable);
        }
    }

    private IOException broken(IOException e, long bytes) {
        RouterException reason = stopped();
        if (reason == null) {
            reason = new BadNodeResponseException(
                    "The " + node + " broke off its answer after " + bytes + " bytes: " + said(e) + ".", e);
        }
        return new IOException(reason.getMessage(), reason);
    }

    /** The answer's body, which keeps the limits and says why it failed. */
    private final class Body extends InputStream {
        private final Runnable onComplete;
        private final boolean isStream = head().isEventStream();
        private boolean ended;
        private long bytes;

        Body(Runnable onComplete) {
            this.onComplete = onComplete;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (ended || length == 0) {
                return ended ? -1 : 0;
            }
            if (streaming) {
                deadline.prolong(limits.streamIdle());
            }
            int count = readAnswer(target, offset, length);
            if (count < 0) {
                ended = true;
                onComplete.run();
            } else {
                received(count);
            }
            return count;
        }

        private int readAnswer(byte[] target, int offset, int length) throws IOException {
            if (answer == null) {
                throw new IllegalStateException("the exchange has no answer");
            }
            try {
                return answer.read(target, offset, length);
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
        public void close() {
            Exchange.this.close();
        }
    }
}
