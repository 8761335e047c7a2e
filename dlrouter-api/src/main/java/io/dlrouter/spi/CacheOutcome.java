package io.dlrouter.spi;

/** The end of a KV cache that a prefill node held for decode. */
public enum CacheOutcome {
    /** A decode node fetched it. */
    ADOPTED,
    /** It was not fetched, and was released on the prefill node. */
    RETURNED,
    /** It was lost with its engine. */
    LOST,
    /** It could not be released, and stays until the engine drops it. */
    ABANDONED
}
