package io.dlrouter.core.fleet;

import io.dlrouter.Cancellation;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterClosedException;
import io.dlrouter.RouterException;
import io.dlrouter.core.http.CallDeadline;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The requests that wait for capacity, in all pools together, and how many and how long they may. Safe for use by many
 * threads.
 */
public final class RequestQueue {
    private final int size;
    private final Duration timeout;
    private final RouterClock clock;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean closed;

    /**
     * A line without anybody in it.
     *
     * @param size how many may wait at once; 0 for none
     */
    public RequestQueue(int size, Duration timeout, RouterClock clock) {
        this.size = size;
        this.timeout = timeout;
        this.clock = clock;
    }

    int size() {
        return size;
    }

    /** Why a request that waited for so long got no place, to be added to what is said of the nodes. */
    String refusal(long waitedNanos) {
        if (size == 0) {
            return "";
        }
        return waitedNanos >= timeout.toNanos()
                ? ", and none became available within " + CallDeadline.seconds(timeout) + " (queue_timeout)"
                : ", and the queue is full (queue_size " + size + ")";
    }

    /** How many wait. */
    int waiting() {
        return waiting.get();
    }

    boolean isEmpty() {
        return waiting.get() == 0;
    }

    /**
     * Waits for a node with a place.
     *
     * @param tried nodes that are of no use for the request
     * @return empty if the line is full, or none came in time
     * @throws RouterException if the request is cancelled, or the router closed, meanwhile
     */
    Optional<SelectedNode> await(Pool pool, RequestContext request, Set<LiveNode> tried) {
        QueuedRequest waiter = new QueuedRequest(request, tried, new CompletableFuture<>());
        if (!pool.queue(waiter, this::admit)) {
            return Optional.empty();
        }
        Cancellation.Registration leaving = request.cancellation().onCancel(() -> cancel(waiter));
        try {
            if (closed) {
                dismiss(pool);
            }
            return choice(waiter);
        } finally {
            leaving.close();
            pool.leave(waiter);
            waiting.decrementAndGet();
        }
    }

    /** Counts one more, if there may be one more. */
    private boolean admit() {
        boolean admitted = waiting.incrementAndGet() <= size;
        if (!admitted) {
            waiting.decrementAndGet();
        }
        return admitted;
    }

    private static void cancel(QueuedRequest waiter) {
        waiter.selection()
                .completeExceptionally(
                        new RequestCancelledException("The caller cancelled the request while it waited for a node."));
    }

    /** The node that the waiter is given; who gives it one does so once, and none after the waiter has given up. */
    private Optional<SelectedNode> choice(QueuedRequest waiter) {
        RouterClock.Task expiry =
                clock.schedule(timeout, () -> waiter.selection().cancel(false));
        try {
            return Optional.of(queued(waiter));
        } catch (CancellationException e) {
            return Optional.empty();
        } finally {
            expiry.cancel();
        }
    }

    private static SelectedNode queued(QueuedRequest waiter) {
        try {
            return waiter.selection().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel(waiter);
            return given(waiter);
        } catch (ExecutionException e) {
            return given(waiter);
        }
    }

    private static SelectedNode given(QueuedRequest waiter) {
        try {
            return waiter.selection().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException reason ? reason : e;
        }
    }

    /** Lets nobody wait any more. */
    void close(Collection<Pool> pools) {
        closed = true;
        pools.forEach(RequestQueue::dismiss);
    }

    private static void dismiss(Pool pool) {
        pool.dismiss(new RouterClosedException("The router was closed."));
    }
}
