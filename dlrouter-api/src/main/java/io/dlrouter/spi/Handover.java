package io.dlrouter.spi;

import java.time.Duration;

/**
 * What a prefill leaves for decode.
 *
 * @param decode what goes to the decode node
 * @param taker which decode node may take the prefill's KV cache over
 * @param lease how long the prefill node surely holds the cache for it
 */
public record Handover(NodeRequest decode, Taker taker, Duration lease) {

    /** Who may take a KV cache over. It can be taken over once. */
    public enum Taker {
        /** No one: there is none, and decode reads the prompt itself. */
        NONE,
        /** Any decode node. */
        ANY,
        /** Only the decode node of the attempt, which prefill was told of. */
        PAIRED
    }

    /** No cache: decode gets this request as it is, and any decode node may get it. */
    public static Handover ofNothing(NodeRequest decode) {
        return new Handover(decode, Taker.NONE, Duration.ZERO);
    }
}
