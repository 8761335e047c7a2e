package io.dlrouter.spi;

/** How a request, or one try of it on a node, ended. */
public enum Outcome {
    /** Answered to the end, with a status below 400. */
    COMPLETED,
    /** Answered with a 4xx other than 429: the request is at fault, never the node. */
    REFUSED,
    /** Answered with 429 or 503, or no place was left for it: pressure, not failure. */
    OVERLOADED,
    /** Answered with another 5xx, or with what is no answer. */
    FAILED,
    /** There was no connection, or it ended before an answer. */
    UNREACHABLE,
    /** A limit of time was over. */
    TIMED_OUT,
    /** The answer ended in the middle. */
    BROKEN_OFF,
    /** Whoever asked has left, or the router was closed, or the other leg failed. */
    CANCELLED
}
