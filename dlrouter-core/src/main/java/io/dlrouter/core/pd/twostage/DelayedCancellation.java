package io.dlrouter.core.pd.twostage;

import io.dlrouter.Cancellation;
import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A caller's word that it no longer wants a response, kept back for a grace: as long as a decode node may be reading a KV
 * cache, its request is better not failed. Safe for use by many threads.
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

    /** The caller's word, when it is to take effect. */
    Cancellation delayed() {
        return held;
    }

    /** From now on the caller's word takes effect at once, and so does one that was kept back. */
    void release() {
        released = true;
        if (caller.isCancelled()) {
            held.cancel();
        }
    }

    /** Listens no more. */
    @Override
    public void close() {
        registration.close();
        RouterClock.Task scheduled = expiry;
        if (scheduled != null) {
            scheduled.cancel();
        }
    }
}
