package io.dlrouter.spi;

/**
 * Observes a request on the node that a strategy selected. Called by the threads that serve the request, without a lock
 * of the router, unless the request stops waiting at the moment it gets a node: then {@link #ended} may run while
 * {@link #firstByte} runs on another thread. Must be short: the first byte waits for it.
 */
public interface SelectionObserver {
    /** Ignores all events. */
    SelectionObserver NONE = new SelectionObserver() {};

    /**
     * The first byte of a response without an error status has arrived: the node has computed the prompt. Called at
     * most once.
     *
     * @param nanoTime on the clock of {@link RoutingContext#nanoTime()}
     */
    default void firstByte(long nanoTime) {}

    /** The node reported its usage. Called at most once, before {@link #ended}. */
    default void counted(Usage usage) {}

    /**
     * The attempt has ended, with any result; the lease is about to be released. Called once.
     *
     * @param nanoTime on the clock of {@link RoutingContext#nanoTime()}
     */
    default void ended(long nanoTime) {}
}
