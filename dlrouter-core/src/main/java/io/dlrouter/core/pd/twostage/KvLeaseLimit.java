package io.dlrouter.core.pd.twostage;

import io.dlrouter.Cancellation;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.spi.RouterClock;

/** Limits the time to decode's first event to the KV lease, and then cancels the decode. Used by one thread. */
final class KvLeaseLimit {
    private final Cancellation client;
    private final RouterClock.Task expiry;
    private boolean ended;
    private boolean kept;

    /**
     * A running limit.
     *
     * @param client the cancellation of the client
     * @param expiry cancels the decode
     */
    KvLeaseLimit(Cancellation client, RouterClock.Task expiry) {
        this.client = client;
        this.expiry = expiry;
    }

    /** Ends it. */
    void end() {
        if (!ended) {
            ended = true;
            kept = expiry.cancel();
        }
    }

    /**
     * Ends it.
     *
     * @throws KvLeaseExpiredException if it was over before
     */
    void requireKept() {
        end();
        if (!kept) {
            throw new KvLeaseExpiredException();
        }
    }

    /** Ends it, and returns why the decode was cancelled. */
    RuntimeException reasonOf(RequestCancelledException cancelled) {
        end();
        return kept || client.isCancelled() ? cancelled : new KvLeaseExpiredException();
    }
}
