package io.dlrouter;

/** A reservation of a request on a node, counted as in flight until it is closed. Safe for use by many threads. */
public interface Lease extends AutoCloseable {

    /** The selected node. */
    NodeSpec node();

    /** Reports a complete response: the time since the lease becomes a sample of the node's latency. */
    void succeeded();

    /** Reports that the node could not be reached or broke off its response. Consecutive failures eject the node. */
    void failed();

    /** Releases the lease. Closing twice is harmless. */
    @Override
    void close();
}
