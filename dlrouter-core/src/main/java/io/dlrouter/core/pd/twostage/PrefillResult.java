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
 * What decode is to be sent, and whose KV cache it takes over by it. A cache is fetched once, or else released when
 * this is closed. Used by one thread.
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
     * A prompt that was read just now.
     *
     * @param paired the decode node that prefill was told of
     * @param cache null if there is none
     * @param took how long prefill took
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

    /** A cache that was filled just now has not expired; an engine that says so has another time than this machine. */
    private static Duration lease(Handover handover, RouterClock clock) {
        return handover.expiry()
                .map(expiry -> Duration.between(clock.now(), expiry))
                .filter(left -> left.compareTo(Duration.ZERO) > 0 && left.compareTo(LONGEST_LEASE) < 0)
                .orElse(handover.lease());
    }

    /** A prompt that decode reads itself, sent so. */
    static PrefillResult unread(NodeRequest alone, LiveNode decode, RouterClock clock) {
        return new PrefillResult(Handover.ofNothing(alone), Optional.empty(), decode, null, Duration.ZERO, clock);
    }

    NodeRequest decode() {
        return handover.decode();
    }

    /** Who holds the cache that decode is to take over. */
    Optional<LiveNode> prefill() {
        return cache != null && holdsCache() ? Optional.of(cache.prefill()) : Optional.empty();
    }

    boolean holdsCache() {
        return handover.receiver() != Receiver.NONE;
    }

    /** Whether the cache has to be released if nobody fetches it. */
    boolean isReleased() {
        return cache != null && cache.isReleased();
    }

    /** What the prompt counts for the client; empty where decode reads it itself and so counts it right. */
    Optional<PromptUsage> usage() {
        return holdsCache() ? usage : Optional.empty();
    }

    /** Says that a decode node may have fetched the cache. */
    void spend() {
        spent = true;
    }

    /** Says that a decode node has fetched the cache. */
    void handedOver() {
        if (cache != null) {
            cache.handedOver();
        }
    }

    /** Tells those who listen that decode has begun to respond, and how it came to the prompt. */
    void report(NodeLease decode) {
        RouterListener listener = decode.recorder().listener();
        if (holdsCache()) {
            listener.handoverCompleted(decode.attempt(), took, Duration.ofNanos(clock.nanoTime() - prefilledAt));
        } else {
            listener.decodedAlone(decode.attempt());
        }
    }

    /** Whether the cache went with the engine that held it. */
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

    /** Schedules what is to be done when the prefill node may have dropped the cache. */
    RouterClock.Task atExpiry(Runnable action) {
        return clock.schedule(lease.minusNanos(clock.nanoTime() - prefilledAt), action);
    }

    /** For a client whose request found no decode node that began within the lease. */
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
