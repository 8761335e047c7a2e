package io.dlrouter.core;

import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Taker;
import io.dlrouter.spi.NodeRequest;
import java.util.Optional;

/** What decode is to be sent, and whose KV cache it takes over by it. A cache is taken over once. Used by one thread. */
final class PrefilledPrompt implements TwoStageRequest.PrefillOutcome {
    private final Handover handover;
    private final Optional<PromptUsage> usage;
    private final LiveNode paired;
    private final long prefilledAt = System.nanoTime();
    private boolean spent;

    /**
     * A prompt that was read just now.
     *
     * @param paired the decode node that prefill was told of
     */
    PrefilledPrompt(Handover handover, Optional<PromptUsage> usage, LiveNode paired) {
        this.handover = handover;
        this.usage = usage;
        this.paired = paired;
    }

    NodeRequest decode() {
        return handover.decode();
    }

    boolean holdsCache() {
        return handover.taker() != Taker.NONE;
    }

    /** What the prompt counts for the client; empty where decode reads it itself and so counts it right. */
    Optional<PromptUsage> usage() {
        return holdsCache() ? usage : Optional.empty();
    }

    /** Says that a decode node may have taken the cache over. */
    void spend() {
        spent = true;
    }

    boolean isFor(LiveNode decode) {
        return switch (handover.taker()) {
            case NONE -> true;
            case ANY -> isHeld();
            case PAIRED -> isHeld() && decode.equals(paired);
        };
    }

    private boolean isHeld() {
        return !spent && System.nanoTime() - prefilledAt < handover.lease().toNanos();
    }
}
