package io.dlrouter.core;

import io.dlrouter.Cancellation;
import java.time.Duration;

/**
 * A caller's word that it no longer wants an answer, kept back for a grace: as long as a decode node may be reading a KV
 * cache, its request is better not broken off. Safe for use by many threads.
 */
final class HeldCancellation implements AutoCloseable {
    private final Cancellation caller;
    private final Cancellation held = new Cancellation();
    private final Cancellation.Registration registration;
    private volatile boolean released;

    HeldCancellation(Cancellation caller, Duration grace, Deadlines deadlines) {
        this.caller = caller;
        this.released = grace.isZero();
        this.registration = caller.onCancel(() -> keepBack(grace, deadlines));
    }

    private void keepBack(Duration grace, Deadlines deadlines) {
        if (released) {
            held.cancel();
        } else {
            deadlines.start(grace, held::cancel);
        }
    }

    /** The caller's word, when it is to take effect. */
    Cancellation word() {
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
    }
}
