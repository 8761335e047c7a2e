package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import io.dlrouter.core.openai.ApiDialect;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** A node's answer as the node gave it. Owns its exchange and its lease. */
final class NodeResponse implements InferenceResponse, Exchange.Progress {
    private final Exchange exchange;
    private final NodeLease lease;
    private final Cancellation.Registration cancellation;
    private final HttpHeaders headers;
    private final InputStream body;
    private final @Nullable AnswerTail tail;
    private final @Nullable StreamEnd streamEnd;
    private volatile boolean complete;
    private volatile Runnable onComplete = () -> {};

    /** @param dialect of the path that was asked for */
    NodeResponse(
            Exchange exchange,
            NodeLease lease,
            Cancellation.Registration cancellation,
            HttpHeaders headers,
            ApiDialect dialect) {
        this.exchange = exchange;
        this.lease = lease;
        this.cancellation = cancellation;
        this.headers = headers;
        this.tail = lease.isCounted() ? new AnswerTail() : null;
        this.streamEnd = exchange.endsWithConnection() && isPlainEventStream() ? new StreamEnd(dialect) : null;
        this.body = exchange.body(this);
    }

    /** Whether the events can be read: an encoded stream is bytes to the router. */
    private boolean isPlainEventStream() {
        return PdAnswer.isStream(this)
                && headers.firstValue("content-encoding")
                        .filter(coding -> !coding.equalsIgnoreCase("identity"))
                        .isEmpty();
    }

    /**
     * Waits until the body has begun, or is known to be empty.
     *
     * @throws io.dlrouter.NodeUnreachableException if the answer ended before, so that another node may be asked
     * @throws RouterException if the exchange was aborted
     */
    NodeResponse begun() {
        try {
            exchange.awaitFirstByte();
            return this;
        } catch (RouterException e) {
            lease.failed(e);
            close();
            throw e;
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    @Override
    public void firstByte() {
        lease.firstByte();
    }

    @Override
    public void chunk() {
        lease.chunk();
    }

    @Override
    public void passed(byte[] bytes, int offset, int count) {
        if (tail != null) {
            tail.add(bytes, offset, count);
        }
        if (streamEnd != null) {
            streamEnd.add(bytes, offset, count);
        }
    }

    @Override
    public void connectionEnded() throws IOException {
        if (streamEnd != null) {
            streamEnd.check();
        }
    }

    @Override
    public void complete() {
        complete = true;
        if (tail != null) {
            tail.usage().ifPresent(lease::counted);
        }
        lease.completed();
        close();
        onComplete.run();
    }

    @Override
    public void brokenOff(RouterException reason) {
        lease.brokenOff(reason);
    }

    /**
     * What is to be done once it has been read to its end, and its lease is released, before its last bytes are passed
     * on. Said before it is read.
     */
    void onComplete(Runnable action) {
        onComplete = action;
    }

    /** Whether it has been read to its end. */
    boolean isComplete() {
        return complete;
    }

    @Override
    public int status() {
        return exchange.status();
    }

    @Override
    public HttpHeaders headers() {
        return headers;
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public NodeSpec servedBy() {
        return lease.node();
    }

    @Override
    public void close() {
        exchange.close();
        cancellation.close();
        lease.close();
    }
}
