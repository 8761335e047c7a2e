package io.dlrouter.spi;

import io.dlrouter.Experimental;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a prefill leaves for decode. A decode that has not begun to respond when the lease is over is aborted, and the
 * prompt is prefilled again: the prefill node may have given the memory of the cache to another request. Of a response
 * that is no stream nobody can tell when decode began; there the lease only keeps a decode from being sent too late.
 *
 * @param decode what goes to the decode node
 * @param receiver which decode node may take the prefill's KV cache over
 * @param lease how long the prefill node surely holds the cache for it, from its response on
 * @param expiry when the prefill node itself says that it drops the cache, which stands against the lease; empty if it
 *     does not say so
 */
@Experimental
public record Handover(NodeRequest decode, Receiver receiver, Duration lease, Optional<Instant> expiry) {

    /** A handover whose prefill node does not say when it drops the cache. */
    public Handover(NodeRequest decode, Receiver receiver, Duration lease) {
        this(decode, receiver, lease, Optional.empty());
    }

    /** Who may take a KV cache over. It can be taken over once. */
    public enum Receiver {
        /** No one: there is none, and decode reads the prompt itself. */
        NONE,
        /** Any decode node. */
        ANY,
        /** Only the decode node of the attempt, which prefill was told of. */
        PAIRED
    }

    /** No cache: decode gets this request as it is, and any decode node may get it. */
    public static Handover ofNothing(NodeRequest decode) {
        return new Handover(decode, Receiver.NONE, Duration.ZERO);
    }
}
