package io.dlrouter.core;

import io.dlrouter.Lease;
import io.dlrouter.NodeSpec;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A place on a {@link LiveNode}. */
final class NodeLease implements Lease {
    private final LiveNode node;
    private final NodeTable table;
    private volatile long start = System.nanoTime();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes over a place that has been counted. */
    NodeLease(LiveNode node, NodeTable table) {
        this.node = node;
        this.table = table;
    }

    LiveNode liveNode() {
        return node;
    }

    @Override
    public NodeSpec node() {
        return node.spec();
    }

    /** One place more on the same node, for what outlasts a request there. */
    NodeLease again() {
        node.acquire();
        return new NodeLease(node, table);
    }

    /** Says that the node is to work from now on: a place may be held for a while before, and that is not its latency. */
    void begin() {
        start = System.nanoTime();
    }

    /** Says that the node answered at all, so that it is reachable. */
    void reached() {
        node.reached();
    }

    @Override
    public void succeeded() {
        node.reached();
        node.answered((System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1));
    }

    @Override
    public void failed() {
        table.failed(node);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && node.release()) {
            table.released(node);
        }
    }
}
