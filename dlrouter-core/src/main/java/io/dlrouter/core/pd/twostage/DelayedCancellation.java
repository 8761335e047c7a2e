package io.dlrouter.core.pd.twostage;

import io.dlrouter.Cancellation;
import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Delays a client's cancellation for a grace period, while a decode node may be reading a KV cache. Safe for use by
 * many threads.
 */
final class DelayedCancellation implements AutoCloseable {
    private final Cancellation caller;
    private final Duration grace;
    private final RouterClock clock;
    private final Cancellation held = new Cancellation();
    private final Cancellation.Registration registration;
    private volatile RouterClock.@Nullable Task expiry;
    private volatile boolean released;

    DelayedCancellation(Cancellation caller, Duration grace, RouterClock clock) {
        this.caller = caller;
        this.grace = grace;
        this.clock = clock;
        this.released = grace.isZero();
        this.registration = caller.onCancel(this::keepBack);
    }

    private void keepBack() {
        if (released) {
            held.cancel();
        } else {
            expiry = clock.schedule(grace, held::cancel);
        }
    }

    /** The delayed cancellation. */
    Cancellation delayed() {
        return held;
    }

    /** From now on a cancellation takes effect at once, including one that was delayed. */
    void release() {
        released = true;
        if (caller.isCancelled()) {
            held.cancel();
        }
    }

    /** Ends the registration. */
    @Override
    public void close() {
        registration.close();
        RouterClock.Task scheduled = expiry;
        if (scheduled != null) {
            scheduled.cancel();
        }
    }
}
