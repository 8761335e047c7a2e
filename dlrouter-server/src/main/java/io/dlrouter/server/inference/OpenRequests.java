package io.dlrouter.server.inference;

import io.dlrouter.server.http.ErrorResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The inference requests in progress, and the limit of their number. A request counts against the limit until the
 * node's last byte has been read, and is open until the client has the response. Safe for use by many threads.
 */
public final class OpenRequests {
    private final int limit;
    private final AtomicInteger admitted = new AtomicInteger();
    private final AtomicInteger count = new AtomicInteger();
    private final CountDownLatch allEnded = new CountDownLatch(1);
    private volatile boolean unready;
    private volatile boolean closed;

    /** @param limit how many there may be at once; 0 for any number */
    public OpenRequests(int limit) {
        this.limit = limit;
    }

    /** Admits or rejects a request. The caller closes the permit when the client has the response. */
    Permit admit() {
        int now = admitted.incrementAndGet();
        count.incrementAndGet();
        if (closed) {
            return rejected(ErrorResponse.shuttingDown());
        }
        return limit > 0 && now > limit ? rejected(ErrorResponse.tooManyRequests(limit)) : new Permit(Optional.empty());
    }

    private Permit rejected(ErrorResponse error) {
        Permit permit = new Permit(Optional.of(error));
        permit.close();
        return permit;
    }

    /** One request's admission. Safe for use by many threads. */
    final class Permit implements AutoCloseable {
        private final Optional<ErrorResponse> rejection;
        private final AtomicBoolean released = new AtomicBoolean();
        private final AtomicBoolean ended = new AtomicBoolean();

        private Permit(Optional<ErrorResponse> rejection) {
            this.rejection = rejection;
        }

        /** Why the request may not start; empty if it may. */
        Optional<ErrorResponse> rejection() {
            return rejection;
        }

        /** Lets the next request in, while this one still writes to its client. Releasing twice is harmless. */
        void release() {
            if (released.compareAndSet(false, true)) {
                admitted.decrementAndGet();
            }
        }

        /** Counts the request out. Closing twice is harmless. */
        @Override
        public void close() {
            release();
            if (ended.compareAndSet(false, true) && count.decrementAndGet() == 0 && OpenRequests.this.closed) {
                allEnded.countDown();
            }
        }
    }

    /** The number of requests whose responses are not complete. */
    public int count() {
        return count.get();
    }

    /** Whether no more requests are wanted, though some may be let in yet. */
    public boolean isUnready() {
        return unready;
    }

    /** Says that no more requests are wanted, and still lets them in. */
    public void markUnready() {
        unready = true;
    }

    /** Lets no more requests in. */
    public void close() {
        unready = true;
        closed = true;
        if (count.get() == 0) {
            allEnded.countDown();
        }
    }

    /**
     * Waits until the requests that were admitted before {@link #close()} have ended.
     *
     * @return false if some have not when the time is over
     */
    public boolean awaitNone(Duration limit) throws InterruptedException {
        return allEnded.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }
}
