package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import java.util.OptionalDouble;

/** A node as a strategy sees it: what it is, and how it fares at this moment. Safe for use by many threads. */
public interface Node {

    NodeSpec spec();

    /** Requests that hold a place on this node. */
    int inFlight();

    /**
     * How long its recent complete answers took on average, in seconds. Old samples fade; empty when there are none or
     * all have faded. Failures are no samples.
     */
    OptionalDouble latency();
}
