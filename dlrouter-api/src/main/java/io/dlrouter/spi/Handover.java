package io.dlrouter.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of a prefill for decode. A decode without a response at the end of the lease is aborted, and the prompt is
 * prefilled again: the prefill node may have reused the memory of the cache. A plain response does not show when decode
 * began; for it the lease only prevents a decode that would be sent too late. Immutable.
 */
public final class Handover {
    private final NodeRequest decode;
    private final Receiver receiver;
    private final Duration lease;
    private final Optional<Instant> expiry;

    private Handover(NodeRequest decode, Receiver receiver, Duration lease, Optional<Instant> expiry) {
        this.decode = decode;
        this.receiver = receiver;
        this.lease = lease;
        this.expiry = expiry;
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

    /**
     * A handover whose prefill node does not tell when it drops the cache.
     *
     * @param decode the request to the decode node
     * @param receiver the decode nodes that may fetch the KV cache
     * @param lease how long the prefill node certainly holds the cache, from its response on
     */
    public static Handover of(NodeRequest decode, Receiver receiver, Duration lease) {
        return new Handover(decode, receiver, lease, Optional.empty());
    }

    /** No cache: any decode node may get this request. */
    public static Handover ofNothing(NodeRequest decode) {
        return of(decode, Receiver.NONE, Duration.ZERO);
    }

    /** The same handover with the time at which the prefill node drops the cache; empty if unknown. */
    public Handover withExpiry(Optional<Instant> newExpiry) {
        return new Handover(decode, receiver, lease, newExpiry);
    }

    /** The request to the decode node. */
    public NodeRequest decode() {
        return decode;
    }

    /** The decode nodes that may fetch the KV cache. */
    public Receiver receiver() {
        return receiver;
    }

    /** How long the prefill node certainly holds the cache, from its response on. */
    public Duration lease() {
        return lease;
    }

    /** When the prefill node drops the cache, as it reports; takes precedence over the lease. Empty if it does not tell. */
    public Optional<Instant> expiry() {
        return expiry;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Handover that
                && decode.equals(that.decode)
                && receiver == that.receiver
                && lease.equals(that.lease)
                && expiry.equals(that.expiry);
    }

    @Override
    public int hashCode() {
        return Objects.hash(decode, receiver, lease, expiry);
    }

    @Override
    public String toString() {
        return "Handover[decode=" + decode + ", receiver=" + receiver + ", lease=" + lease + ", expiry=" + expiry + "]";
    }
}
