package io.dlrouter.core.serve;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.http.HeaderRules;
import io.dlrouter.core.http.NodeCall;
import io.dlrouter.core.observe.AttemptResult;
import io.dlrouter.core.openai.ApiDialect;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** The response of a node. Owns its call and its lease. */
public final class NodeResponse implements InferenceResponse, NodeCall.Progress {
    private final NodeCall call;
    private final NodeLease lease;
    private final Cancellation.Registration cancellation;
    private final HttpHeaders headers;
    private final InputStream body;
    private final @Nullable UsageTail tail;
    private final @Nullable StreamEnd streamEnd;
    private final ResponseState state;
    private volatile boolean complete;
    private volatile Runnable onComplete = () -> {};

    /**
     * @param dialect of the path that was asked for
     * @param state learns which state the node holds now
     */
    NodeResponse(
            NodeCall call,
            NodeLease lease,
            Cancellation.Registration cancellation,
            HttpHeaders headers,
            ApiDialect dialect,
            ResponseState state) {
        this.call = call;
        this.lease = lease;
        this.cancellation = cancellation;
        this.headers = headers;
        this.state = state;
        this.tail = lease.isCounted() ? new UsageTail() : null;
        this.streamEnd = call.endsWithConnection() && isPlainEventStream() ? new StreamEnd(dialect) : null;
        this.body = call.body(this);
    }

    /** Whether the events can be read: an encoded stream is opaque to the router. */
    private boolean isPlainEventStream() {
        return HeaderRules.isEventStream(headers)
                && headers.firstValue("content-encoding")
                        .filter(coding -> !coding.equalsIgnoreCase("identity"))
                        .isEmpty();
    }

    /**
     * Waits until the body has begun, or is known to be empty.
     *
     * @throws io.dlrouter.NodeUnreachableException if the response ended before, so that another node may be tried
     * @throws RouterException if the call was aborted
     */
    NodeResponse begun() {
        try {
            call.awaitFirstByte();
            return this;
        } catch (RouterException e) {
            lease.record(AttemptResult.of(e));
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
        state.add(bytes, offset, count);
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
        state.complete();
        if (tail != null) {
            tail.usage().ifPresent(lease::counted);
        }
        lease.completed();
        close();
        onComplete.run();
    }

    @Override
    public void failed(RouterException reason) {
        lease.record(AttemptResult.cut(reason));
    }

    /**
     * Sets an action that runs when the response has been read to its end and its lease is released, before its last
     * bytes are passed on. Called before the response is read.
     */
    public void onComplete(Runnable action) {
        onComplete = action;
    }

    /** Whether it has been read to its end. */
    public boolean isComplete() {
        return complete;
    }

    @Override
    public int status() {
        return call.status();
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
        call.close();
        cancellation.close();
        lease.close();
    }
}
