package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import java.io.InputStream;
import java.net.http.HttpHeaders;

/** A node's answer as the node gave it. Owns its exchange and its lease. */
final class NodeResponse implements InferenceResponse {
    private final Exchange exchange;
    private final NodeLease lease;
    private final Cancellation.Registration cancellation;
    private final HttpHeaders headers;
    private final InputStream body;
    private volatile boolean complete;

    NodeResponse(Exchange exchange, NodeLease lease, Cancellation.Registration cancellation, HttpHeaders headers) {
        this.exchange = exchange;
        this.lease = lease;
        this.cancellation = cancellation;
        this.headers = headers;
        this.body = exchange.body(this::complete);
    }

    private void complete() {
        complete = true;
        if (status() < 400) {
            lease.succeeded();
        }
        close();
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
