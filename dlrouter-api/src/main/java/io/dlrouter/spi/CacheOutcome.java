package io.dlrouter.spi;

/** What became of a KV cache that a prefill node held for decode. */
public enum CacheOutcome {
    /** A decode node took it over. */
    ADOPTED,
    /** Nobody did, and it was given back to the prefill node. */
    RETURNED,
    /** It went with the engine that held it. */
    LOST,
    /** It could not be given back, and stays until the engine itself drops it. */
    ABANDONED
}
