package io.dlrouter.core.fleet;

import io.dlrouter.Decision;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.request.StoredResponses;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RoutingStrategy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * The routable nodes of one model and one role, the strategy that selects among them, and the requests that wait for
 * them. Selecting and counting are one step under the pool's lock.
 *
 * <p>No node exceeds its limit. A node that is half-open, in slow start or in back-off gets few or no requests while
 * another one has capacity.
 */
final class Pool {
    private final GuardedStrategy strategy;
    private final int maxInFlight;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<QueuedRequest> queue = new ArrayDeque<>();
    private final RetryBudget retries;
    private volatile Membership membership = new Membership(List.of(), List.of(), context -> {
        throw new IllegalStateException("the pool is empty");
    });

    private record Membership(List<LiveNode> nodes, List<NodeSpec> specs, RoutingStrategy.Selector selector) {}

    /** @param maxInFlight the limit of nodes without their own */
    Pool(NamedStrategy strategy, int maxInFlight, RouterClock clock) {
        this.strategy = new GuardedStrategy(strategy);
        this.maxInFlight = maxInFlight;
        this.retries = new RetryBudget(clock);
    }

    /** The name of its strategy. */
    String strategy() {
        return strategy.name();
    }

    /** The retry budget of its requests. */
    RetryBudget retries() {
        return retries;
    }

    /** Whether requests wait for its nodes. */
    boolean hasWaiting() {
        lock.lock();
        try {
            return !queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    List<LiveNode> nodes() {
        return membership.nodes;
    }

    /** Those that can serve a request: all, or the one that holds what the request refers to. */
    List<LiveNode> nodesFor(RequestContext request) {
        List<LiveNode> nodes = membership.nodes;
        return request.state()
                .map(state -> nodes.stream()
                        .filter(node -> node.spec().address().equals(state.node()))
                        .toList())
                .orElse(nodes);
    }

    /** The capacity of its nodes. */
    long room() {
        return nodes().stream().mapToLong(this::limit).sum();
    }

    private int limit(LiveNode node) {
        return node.spec().maxInFlight().orElse(maxInFlight);
    }

    /** Applies a new membership; an equal one changes nothing. */
    void update(List<LiveNode> nodes) {
        lock.lock();
        try {
            List<NodeSpec> specs = nodes.stream().map(LiveNode::spec).toList();
            Membership current = membership;
            if (!nodes.equals(current.nodes) || !specs.equals(current.specs)) {
                membership =
                        new Membership(nodes, specs, nodes.isEmpty() ? current.selector : strategy.selectorFor(nodes));
                serveQueue();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Selects a node that has not been tried, and counts the request on it; empty if none has capacity, or other
     * requests wait that it must not pass.
     */
    Optional<SelectedNode> acquire(RequestContext context, Set<LiveNode> tried) {
        strategy.prepare(membership.selector, context);
        lock.lock();
        try {
            return queue.stream().anyMatch(waiter -> precedes(waiter, context))
                    ? Optional.empty()
                    : choose(context, tried);
        } finally {
            lock.unlock();
        }
    }

    /** Who waits for the one node that holds its state is passed by requests for other nodes. */
    private static boolean precedes(QueuedRequest waiter, RequestContext context) {
        Optional<StoredResponses.Location> state = waiter.request().state();
        return state.isEmpty()
                || context.state()
                        .filter(own -> own.node().equals(state.get().node()))
                        .isPresent();
    }

    private Optional<SelectedNode> choose(RequestContext context, Set<LiveNode> tried) {
        List<LiveNode> nodes = nodesFor(context);
        List<LiveNode> left = tried.isEmpty() ? nodes : without(nodes, tried::contains);
        if (left.isEmpty()) {
            return Optional.empty();
        }
        List<Decision.Candidate> candidates = context.request().isExplained() ? explanation(context, left) : List.of();
        LiveNode first = select(context, left);
        double others = first.health().isRestricted() ? loadOfOthers() : 0;
        Optional<LiveNode> chosen = isOpen(first, others) && first.tryAcquire(share(first, others))
                ? Optional.of(first)
                : chooseWithRoom(context, left);
        return chosen.map(node -> selected(context, node, candidates));
    }

    /** Takes ownership of the reservation. */
    private SelectedNode selected(RequestContext context, LiveNode node, List<Decision.Candidate> candidates) {
        try {
            return new SelectedNode(node, strategy.observer(context, node), decision(context, node, candidates));
        } catch (Throwable e) {
            node.release();
            throw e;
        }
    }

    /** The strategy's values for each node, before its selection changes them. */
    private List<Decision.Candidate> explanation(RequestContext context, List<LiveNode> nodes) {
        RoutingStrategy.Selector selector = selector(nodes);
        return nodes.stream()
                .map(node -> new Decision.Candidate(
                        node.spec().address(), node.inFlight(), strategy.explain(selector, context, node)))
                .toList();
    }

    private Optional<Decision> decision(RequestContext context, LiveNode node, List<Decision.Candidate> candidates) {
        return candidates.isEmpty()
                ? Optional.empty()
                : Optional.of(new Decision(
                        strategy.name(), context.role(), node.spec().address(), candidates));
    }

    /**
     * Nodes in slow start are used when all others are full; half-open nodes and those in back-off when there are no
     * others.
     */
    private Optional<LiveNode> chooseWithRoom(RequestContext context, List<LiveNode> nodes) {
        List<LiveNode> withRoom = without(nodes, this::isFull);
        double others = loadOfOthers();
        List<LiveNode> open =
                withRoom.stream().filter(node -> isOpen(node, others)).toList();
        return take(context, open, node -> share(node, others)).or(() -> takeAny(context, nodes, withRoom));
    }

    private Optional<LiveNode> takeAny(RequestContext context, List<LiveNode> nodes, List<LiveNode> withRoom) {
        boolean noneElse = nodes.stream().allMatch(Pool::isLastChoice);
        return take(context, noneElse ? withRoom : without(withRoom, Pool::isLastChoice), this::limit);
    }

    /** Another pool may take the last capacity of a common node. */
    private Optional<LiveNode> take(RequestContext context, List<LiveNode> nodes, ToIntFunction<LiveNode> most) {
        List<LiveNode> left = nodes;
        while (!left.isEmpty()) {
            LiveNode chosen = select(context, left);
            if (chosen.tryAcquire(most.applyAsInt(chosen))) {
                return Optional.of(chosen);
            }
            left = without(left, chosen::equals);
        }
        return Optional.empty();
    }

    private int share(LiveNode node, double others) {
        NodeHealth health = node.health();
        return health.isRestricted() ? Math.min(limit(node), health.fairShare(others)) : limit(node);
    }

    private static boolean isLastChoice(LiveNode node) {
        return node.health().isBackingOff() || node.health().isHalfOpen();
    }

    private boolean isFull(LiveNode node) {
        return node.inFlight() >= limit(node);
    }

    private static boolean isOpen(LiveNode node, double others) {
        NodeHealth health = node.health();
        return !health.isBackingOff() && (!health.isRestricted() || node.inFlight() < health.fairShare(others));
    }

    /**
     * The mean of requests in flight on nodes that are neither in slow start nor half-open; any number if there is
     * none.
     */
    private double loadOfOthers() {
        long load = 0;
        int others = 0;
        for (LiveNode node : membership.nodes) {
            if (!node.health().isRestricted()) {
                load += node.inFlight();
                others++;
            }
        }
        return others == 0 ? Integer.MAX_VALUE : (double) load / others;
    }

    private static List<LiveNode> without(List<LiveNode> nodes, Predicate<LiveNode> condition) {
        return nodes.stream().anyMatch(condition)
                ? nodes.stream().filter(condition.negate()).toList()
                : nodes;
    }

    private RoutingStrategy.Selector selector(List<LiveNode> nodes) {
        return nodes == membership.nodes ? membership.selector : strategy.selectorFor(nodes);
    }

    private LiveNode select(RequestContext context, List<LiveNode> nodes) {
        return strategy.select(selector(nodes), context, nodes);
    }

    /**
     * Adds a request to the queue, and gives it a node if one has capacity by now.
     *
     * @param admission whether another request may wait
     * @return whether it was admitted
     */
    boolean queue(QueuedRequest waiter, BooleanSupplier admission) {
        lock.lock();
        try {
            if (!admission.getAsBoolean()) {
                return false;
            }
            queue.addLast(waiter);
            serveQueue();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Removes a request from the queue, if it is still there. */
    void leave(QueuedRequest waiter) {
        lock.lock();
        try {
            queue.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    /** Capacity has become available: the request that has waited longest gets it. */
    void freed() {
        lock.lock();
        try {
            serveQueue();
        } finally {
            lock.unlock();
        }
    }

    private void serveQueue() {
        Iterator<QueuedRequest> waiters = queue.iterator();
        while (waiters.hasNext() && !membership.nodes.stream().allMatch(this::isFull)) {
            if (serve(waiters.next())) {
                waiters.remove();
            }
        }
    }

    /** Whether the waiter is done. */
    private boolean serve(QueuedRequest waiter) {
        if (waiter.selection().isDone()) {
            return true;
        }
        Optional<SelectedNode> choice = choose(waiter.request(), waiter.tried());
        choice.filter(made -> !waiter.selection().complete(made)).ifPresent(made -> release(waiter, made));
        return choice.isPresent();
    }

    /** Its request has stopped waiting. */
    private static void release(QueuedRequest waiter, SelectedNode selection) {
        selection.observer().ended(waiter.request().nanoTime());
        selection.node().release();
    }

    /** Ends the wait of all requests. */
    void dismiss(RouterException reason) {
        lock.lock();
        try {
            queue.forEach(waiter -> waiter.selection().completeExceptionally(reason));
            queue.clear();
        } finally {
            lock.unlock();
        }
    }
}
