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

/** The admission queue over all pools: the number of waiting requests and its limits. Safe for use by many threads. */
public final class RequestQueue {
    private final int size;
    private final Duration timeout;
    private final RouterClock clock;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean closed;

    /**
     * An empty queue.
     *
     * @param size the most waiting requests; 0 for no queue
     */
    public RequestQueue(int size, Duration timeout, RouterClock clock) {
        this.size = size;
        this.timeout = timeout;
        this.clock = clock;
    }

    int size() {
        return size;
    }

    /** Why a request got no node, as a supplement to the message about the nodes. */
    String refusal(long waitedNanos) {
        if (size == 0) {
            return "";
        }
        return waitedNanos >= timeout.toNanos()
                ? ", and none became available within " + CallDeadline.seconds(timeout) + " (queue_timeout)"
                : ", and the queue is full (queue_size " + size + ")";
    }

    /** The number of waiting requests. */
    int waiting() {
        return waiting.get();
    }

    boolean isEmpty() {
        return waiting.get() == 0;
    }

    /**
     * Waits for a node with capacity.
     *
     * @param tried nodes that must not be selected
     * @return empty if the queue is full, or the wait was too long
     * @throws RouterException if the request is cancelled, or the router closed, in the meantime
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

    /** Counts another request, if allowed. */
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

    /** The node for the waiter. It is given at most once, and never after the waiter has stopped waiting. */
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

    /** Ends all waits. */
    void close(Collection<Pool> pools) {
        closed = true;
        pools.forEach(RequestQueue::dismiss);
    }

    private static void dismiss(Pool pool) {
        pool.dismiss(new RouterClosedException("The router was closed."));
    }
}
