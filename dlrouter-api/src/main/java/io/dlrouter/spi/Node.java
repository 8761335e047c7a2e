package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A node as a strategy sees it: its description and its current load. Safe for use by many threads. */
public interface Node {

    /** Its description, as configured or registered, corrected by its engine. */
    NodeSpec spec();

    /** Requests that hold a lease on this node. */
    int inFlight();

    /**
     * The mean duration of its recent complete responses, in seconds. Samples decay; empty without samples. Failures
     * are not samples.
     */
    OptionalDouble latency();

    /**
     * A number that increases whenever another engine process may run at the address, which holds none of the KV caches
     * of the previous one, and when the node is removed.
     */
    int incarnation();

    /** The size of its engine's KV cache in tokens, as the engine reports it; empty if unknown. */
    OptionalLong cacheTokens();
}
