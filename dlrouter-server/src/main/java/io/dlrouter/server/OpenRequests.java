package io.dlrouter.server;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The inference requests under way, and whether one more may start. Safe for use by many threads. */
final class OpenRequests {
    private final int limit;
    private final AtomicInteger count = new AtomicInteger();
    private final CountDownLatch allLeft = new CountDownLatch(1);
    private volatile boolean retiring;
    private volatile boolean closed;

    /** @param limit how many there may be at once; 0 for any number */
    OpenRequests(int limit) {
        this.limit = limit;
    }

    /**
     * Counts a request in.
     *
     * @return why it may not start; empty if it may, and then it must {@link #leave()} once
     */
    Optional<ErrorBody> enter() {
        int now = count.incrementAndGet();
        if (closed) {
            leave();
            return Optional.of(ErrorBody.shuttingDown());
        }
        if (limit > 0 && now > limit) {
            leave();
            return Optional.of(ErrorBody.tooManyRequests(limit));
        }
        return Optional.empty();
    }

    /** Counts a request out. */
    void leave() {
        if (count.decrementAndGet() == 0 && closed) {
            allLeft.countDown();
        }
    }

    int count() {
        return count.get();
    }

    /** Whether no more requests are wanted, though some may be let in yet. */
    boolean isRetiring() {
        return retiring;
    }

    /** Says that no more requests are wanted, and still lets them in. */
    void retire() {
        retiring = true;
    }

    /** Lets no more requests in. */
    void close() {
        retiring = true;
        closed = true;
        if (count.get() == 0) {
            allLeft.countDown();
        }
    }

    /**
     * Waits until the requests that came in before {@link #close()} have left.
     *
     * @return false if some have not when the time is over
     */
    boolean awaitNone(Duration limit) throws InterruptedException {
        return allLeft.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }
}
