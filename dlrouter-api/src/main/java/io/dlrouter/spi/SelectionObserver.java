package io.dlrouter.spi;

/**
 * One request's time on a node, as the strategy hears of it that placed it there. Called by the threads that serve the
 * request, under no lock of the router's, unless the request gives up waiting just as it is given a place: the end may
 * come on another thread while the first byte is still being told. To be short: the first byte waits for it.
 */
public interface SelectionObserver {
    /** Of a strategy that does not need to know. */
    SelectionObserver NONE = new SelectionObserver() {};

    /**
     * The first byte of an answer that is no error is in: the node has read the prompt. Called once at most.
     *
     * @param nanoTime on the clock of {@link RoutingContext#nanoTime()}
     */
    default void firstByte(long nanoTime) {}

    /** The node said what it counted. Called once at most, before {@link #ended}. */
    default void counted(Usage usage) {}

    /**
     * The place was given back, whatever came of the request. Called once.
     *
     * @param nanoTime on the clock of {@link RoutingContext#nanoTime()}
     */
    default void ended(long nanoTime) {}
}
