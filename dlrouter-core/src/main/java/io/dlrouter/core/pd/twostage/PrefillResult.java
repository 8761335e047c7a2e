package io.dlrouter.core.pd.twostage;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.http.CallDeadline;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Receiver;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RouterListener;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The request to decode, and the KV cache that it fetches. A cache that was not fetched is released when this is
 * closed. Used by one thread.
 */
public final class PrefillResult implements PrefillOutcome, AutoCloseable {
    private static final Duration LONGEST_LEASE = Duration.ofDays(1);

    private final Handover handover;
    private final Optional<PromptUsage> usage;
    private final LiveNode paired;
    private final @Nullable CacheLease cache;
    private final Duration took;
    private final RouterClock clock;
    private final long prefilledAt;
    private final Duration lease;
    private boolean spent;

    /**
     * The result of a prefill that has just ended.
     *
     * @param paired the decode node that prefill was given
     * @param cache null if there is none
     * @param took the duration of prefill
     */
    public PrefillResult(
            Handover handover,
            Optional<PromptUsage> usage,
            LiveNode paired,
            @Nullable CacheLease cache,
            Duration took,
            RouterClock clock) {
        this.handover = handover;
        this.usage = usage;
        this.paired = paired;
        this.cache = cache;
        this.took = took;
        this.clock = clock;
        this.prefilledAt = clock.nanoTime();
        this.lease = lease(handover, clock);
    }

    /** A cache that was just filled has not expired; an engine that reports so has a different clock. */
    private static Duration lease(Handover handover, RouterClock clock) {
        return handover.expiry()
                .map(expiry -> Duration.between(clock.now(), expiry))
                .filter(left -> left.compareTo(Duration.ZERO) > 0 && left.compareTo(LONGEST_LEASE) < 0)
                .orElse(handover.lease());
    }

    /** A prompt that decode computes itself, with this request. */
    static PrefillResult unread(NodeRequest alone, LiveNode decode, RouterClock clock) {
        return new PrefillResult(Handover.ofNothing(alone), Optional.empty(), decode, null, Duration.ZERO, clock);
    }

    NodeRequest decode() {
        return handover.decode();
    }

    /** The node that holds the cache. */
    Optional<LiveNode> prefill() {
        return cache != null && holdsCache() ? Optional.of(cache.prefill()) : Optional.empty();
    }

    boolean holdsCache() {
        return handover.receiver() != Receiver.NONE;
    }

    /** Whether the cache has to be released if decode does not fetch it. */
    boolean isReleased() {
        return cache != null && cache.isReleased();
    }

    /**
     * The usage of the prompt for the client; empty where decode computes it itself and therefore reports it correctly.
     */
    Optional<PromptUsage> usage() {
        return holdsCache() ? usage : Optional.empty();
    }

    /** A decode node may have fetched the cache. */
    void spend() {
        spent = true;
    }

    /** A decode node has fetched the cache. */
    void handedOver() {
        if (cache != null) {
            cache.handedOver();
        }
    }

    /** Notifies listeners that decode has begun to respond, with or without a cache. */
    void report(NodeLease decode) {
        RouterListener listener = decode.recorder().listener();
        if (holdsCache()) {
            listener.handoverCompleted(decode.attempt(), took, Duration.ofNanos(clock.nanoTime() - prefilledAt));
        } else {
            listener.decodedAlone(decode.attempt());
        }
    }

    /** Whether the cache was lost with its engine. */
    boolean isLost() {
        return cache != null && !cache.isOfThisIncarnation();
    }

    public boolean isFor(LiveNode decode) {
        return switch (handover.receiver()) {
            case NONE -> true;
            case ANY -> isHeld();
            case PAIRED -> isHeld() && decode.equals(paired);
        };
    }

    private boolean isHeld() {
        return !spent && !isLost() && !isExpired();
    }

    /** Whether the prefill node may have dropped the cache by now. */
    public boolean isExpired() {
        return holdsCache() && clock.nanoTime() - prefilledAt >= lease.toNanos();
    }

    /**
     * Checks that the prefill node still holds the KV cache.
     *
     * @throws KvLeaseExpiredException if the prefill node may have dropped the cache by now
     */
    public void requireHeld() {
        if (isExpired()) {
            throw new KvLeaseExpiredException();
        }
    }

    /** Schedules an action for the time when the prefill node may drop the cache. */
    RouterClock.Task atExpiry(Runnable action) {
        return clock.schedule(lease.minusNanos(clock.nanoTime() - prefilledAt), action);
    }

    /** The exception for a request for which no decode node began within the lease. */
    LegFailedException expired(LiveNode decode) {
        return new LegFailedException(
                Role.DECODE,
                "The " + decode + " sent no first event within the " + CallDeadline.seconds(lease) + " for which the "
                        + prefill().map(LiveNode::toString).orElse("prefill node")
                        + " holds the KV cache (KV lease).",
                null);
    }

    @Override
    public void close() {
        if (cache != null) {
            cache.close();
        }
    }
}
