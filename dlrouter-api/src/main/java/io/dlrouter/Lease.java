package io.dlrouter;

/** One request's place on a node, counted as in flight until it is closed. Safe for use by many threads. */
public interface Lease extends AutoCloseable {

    /** The node that was chosen. */
    NodeSpec node();

    /** Says that the answer was complete and in order, so that the time until now counts as the node's latency. */
    void succeeded();

    /** Says that the node could not be reached or cut its answer; enough of these in a row eject it. */
    void failed();

    /** Gives the place back. Closing twice is harmless. */
    @Override
    void close();
}
