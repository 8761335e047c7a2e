package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.ModelCard;
import io.dlrouter.NodeState;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterClosedException;
import io.dlrouter.RouterException;
import io.dlrouter.spi.RouterClock;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks all engines again for their models, before a request is refused because no node serves its model. Requests that
 * wait for this share one round: at most one is under way, and at most one a second begins. Safe for use by many threads.
 */
final class ModelRefresh implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelRefresh.class);

    /** From the beginning of a round to that of the next. */
    static final Duration PACE = Duration.ofSeconds(1);

    /** Of a round, and of each call in it. A request waits for the rest of one round and for another at most. */
    static final Duration ROUND_LIMIT = Duration.ofSeconds(2);

    static final int MOST_WAITING = 256;
    private static final int ENGINES_AT_ONCE = 64;

    private final NodeTable table;
    private final Source source;
    private final RouterClock clock;
    private final ExecutorService workers = Threads.perTask("dlrouter-models");
    private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Round planned;
    private @Nullable Round underWay;
    private long earliest;
    private volatile boolean closed;

    /** What asks an engine for its models. */
    interface Source {
        /**
         * The models that an engine reports.
         *
         * @throws IOException if it does not report them within the limit
         */
        List<ModelCard> models(URI engine, Duration limit) throws IOException;
    }

    private record Waiter(Round round, BooleanSupplier isKnown, CompletableFuture<Void> end) {}

    ModelRefresh(NodeTable table, Source source, RouterClock clock) {
        this.table = table;
        this.source = source;
        this.clock = clock;
        this.earliest = clock.nanoTime();
    }

    /**
     * Waits until a model is known, or the engines that are asked from now on have not reported it. Returns at once if
     * there is no engine to ask, or too many requests wait.
     *
     * @param isKnown whether the model is known by now; short, and called by several threads
     * @throws RouterException if the request is cancelled, or the router closed, meanwhile
     */
    void await(BooleanSupplier isKnown, Cancellation cancellation) {
        if (table.nodes().stream().anyMatch(ModelRefresh::isToBeAsked) && admit()) {
            try {
                awaitRound(isKnown, cancellation);
            } finally {
                waiting.decrementAndGet();
            }
        }
    }

    /** A node that is not ready is probed every second, and one that is registered with its models serves no others. */
    private static boolean isToBeAsked(LiveNode node) {
        return node.spec().models().isEmpty() && node.state() == NodeState.READY;
    }

    /** How many requests wait. */
    int waiting() {
        return waiters.size();
    }

    private boolean admit() {
        boolean admitted = waiting.incrementAndGet() <= MOST_WAITING;
        if (!admitted) {
            waiting.decrementAndGet();
        }
        return admitted;
    }

    private void awaitRound(BooleanSupplier isKnown, Cancellation cancellation) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Waiter waiter = join(isKnown, end);
        Cancellation.Registration leaving =
                cancellation.onCancel(() -> end.completeExceptionally(new RequestCancelledException(
                        "The caller cancelled the request while engines were asked for models.")));
        try {
            if (closed) {
                dismiss(waiter);
            }
            end.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestCancelledException("The thread that waited for the response was interrupted.");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RouterException reason ? reason : new IllegalStateException(e);
        } finally {
            leaving.close();
            waiters.remove(waiter);
        }
    }

    /** Waits for the next round: engines that have been asked in this one may have loaded the model since. */
    private Waiter join(BooleanSupplier isKnown, CompletableFuture<Void> end) {
        lock.lock();
        try {
            boolean isFirst = planned == null;
            Round round = planned == null ? new Round() : planned;
            planned = round;
            Waiter waiter = new Waiter(round, isKnown, end);
            waiters.add(waiter);
            if (isFirst && underWay == null) {
                beginWhenDue();
            }
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    private void beginWhenDue() {
        long left = earliest - clock.nanoTime();
        if (left <= 0) {
            begin();
        } else {
            RouterClock.Task unused = clock.schedule(Duration.ofNanos(left), this::begin);
        }
    }

    private void begin() {
        lock.lock();
        try {
            if (planned != null) {
                underWay = planned;
                planned = null;
                earliest = clock.nanoTime() + PACE.toNanos();
                underWay.begin(table.engines());
            }
        } finally {
            lock.unlock();
        }
    }

    private void ended(Round round) {
        lock.lock();
        try {
            if (underWay == round) {
                underWay = null;
                if (planned != null) {
                    beginWhenDue();
                }
            }
        } finally {
            lock.unlock();
        }
        waiters.stream().filter(waiter -> waiter.round == round).forEach(ModelRefresh::release);
    }

    private void releaseThoseServed() {
        waiters.stream().filter(waiter -> waiter.isKnown.getAsBoolean()).forEach(ModelRefresh::release);
    }

    private static void release(Waiter waiter) {
        waiter.end.complete(null);
    }

    private static void dismiss(Waiter waiter) {
        waiter.end.completeExceptionally(new RouterClosedException("The router was closed."));
    }

    /** Ends all waits with a {@link RouterClosedException}. */
    @Override
    public void close() {
        closed = true;
        workers.shutdownNow();
        waiters.forEach(ModelRefresh::dismiss);
    }

    /** One question to all engines, asked by a few threads. */
    private final class Round {
        private final Queue<List<LiveNode>> unasked = new ConcurrentLinkedQueue<>();
        private final AtomicInteger unanswered = new AtomicInteger();
        private volatile boolean over;

        void begin(Map<URI, List<LiveNode>> engines) {
            engines.values().stream()
                    .filter(nodes -> nodes.stream().anyMatch(ModelRefresh::isToBeAsked))
                    .forEach(unasked::add);
            unanswered.set(unasked.size());
            RouterClock.Task limit = clock.schedule(ROUND_LIMIT, this::end);
            int threads = Math.min(ENGINES_AT_ONCE, unasked.size());
            if (threads == 0) {
                limit.cancel();
                end();
            }
            for (int i = 0; i < threads && !closed; i++) {
                workers.execute(() -> askWhileAnyIsLeft(limit));
            }
        }

        private void askWhileAnyIsLeft(RouterClock.Task limit) {
            for (List<LiveNode> nodes = unasked.poll(); nodes != null && !over; nodes = unasked.poll()) {
                ask(nodes);
                if (unanswered.decrementAndGet() == 0) {
                    limit.cancel();
                    end();
                }
            }
        }

        private void ask(List<LiveNode> nodes) {
            URI engine = nodes.get(0).spec().address().url();
            try {
                List<ModelCard> cards = source.models(engine, ROUND_LIMIT);
                long version = table.version();
                table.update(nodes, "its models are known", node -> node.report(cards));
                if (table.version() != version) {
                    releaseThoseServed();
                }
            } catch (IOException e) {
                LOG.debug("The models of {} could not be read: {}", engine, e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("The models of {} could not be read", engine, e);
            }
        }

        private void end() {
            over = true;
            ended(this);
        }
    }
}
