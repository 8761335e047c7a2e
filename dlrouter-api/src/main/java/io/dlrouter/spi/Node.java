package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A node as a strategy sees it: what it is, and how it fares at this moment. Safe for use by many threads. */
public interface Node {

    /** What it is, as it was configured or registered, and what its engine said of itself since. */
    NodeSpec spec();

    /** Requests that hold a place on this node. */
    int inFlight();

    /**
     * How long its recent complete answers took on average, in seconds. Old samples fade; empty when there are none or
     * all have faded. Failures are no samples.
     */
    OptionalDouble latency();

    /**
     * Which one of the engines that were at its address, one after the other, this is. Grows whenever it may be another
     * one than before, which holds nothing of what that one held, and when it has left for good.
     */
    int incarnation();

    /** How many tokens the KV cache of its engine holds, by the engine's own word; empty if that is not known. */
    OptionalLong cacheTokens();
}
