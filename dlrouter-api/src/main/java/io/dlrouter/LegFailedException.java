package io.dlrouter;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One leg of a Prefill/Decode request failed, and with it the request. */
public final class LegFailedException extends RouterException {
    private final Role leg;

    /** @param leg {@link Role#PREFILL} or {@link Role#DECODE} */
    public LegFailedException(Role leg, String message, @Nullable Throwable cause) {
        super(502, leg.name().toLowerCase(Locale.ROOT) + "_failed", message, cause);
        this.leg = leg;
    }

    /** The leg that failed: {@link Role#PREFILL} or {@link Role#DECODE}. */
    public Role leg() {
        return leg;
    }
}
