package io.dlrouter.spi;

import io.dlrouter.Experimental;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The result of a prefill for decode. A decode without a response at the end of the lease is aborted, and the prompt is
 * prefilled again: the prefill node may have reused the memory of the cache. A plain response does not show when decode
 * began; for it the lease only prevents a decode that would be sent too late.
 *
 * @param decode the request to the decode node
 * @param receiver the decode nodes that may fetch the KV cache
 * @param lease how long the prefill node certainly holds the cache, from its response on
 * @param expiry when the prefill node drops the cache according to its response, which takes precedence over the lease;
 *     empty if it does not tell
 */
@Experimental
public record Handover(NodeRequest decode, Receiver receiver, Duration lease, Optional<Instant> expiry) {

    /** A handover whose prefill node does not tell when it drops the cache. */
    public Handover(NodeRequest decode, Receiver receiver, Duration lease) {
        this(decode, receiver, lease, Optional.empty());
    }

    /** The decode nodes that may fetch a KV cache, once. */
    public enum Receiver {
        /** There is no cache; decode computes the prompt itself. */
        NONE,
        /** Any decode node. */
        ANY,
        /** Only the decode node of the attempt, whose address prefill has received. */
        PAIRED
    }

    /** No cache: any decode node may get this request. */
    public static Handover ofNothing(NodeRequest decode) {
        return new Handover(decode, Receiver.NONE, Duration.ZERO);
    }
}
