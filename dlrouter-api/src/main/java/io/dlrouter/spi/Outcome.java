package io.dlrouter.spi;

/** The result of a request or of an attempt. */
public enum Outcome {
    /** A complete response with a status below 400. */
    COMPLETED,
    /** A 4xx other than 429: the request is at fault, not the node. */
    REFUSED,
    /** 429, 503 or no capacity: back-pressure, not a failure. */
    OVERLOADED,
    /** Another 5xx, or an invalid response. */
    FAILED,
    /** No connection, or it ended before the response. */
    UNREACHABLE,
    /** A time limit expired. */
    TIMED_OUT,
    /** The response broke off. */
    BROKEN_OFF,
    /** The caller cancelled, the router was closed, or the other leg failed. */
    CANCELLED
}
