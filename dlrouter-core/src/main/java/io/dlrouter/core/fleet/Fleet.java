package io.dlrouter.core.fleet;

import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.TooManyRequestsException;
import io.dlrouter.core.observe.AttemptResult;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases nodes to requests, lets requests wait for capacity, and records the results of attempts. Safe for use by many
 * threads.
 */
public final class Fleet implements NodeLease.Owner, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

    private final NodeTable table;
    private final RequestQueue queue;
    private final InFlightAudit audit;
    private final RouterClock clock;

    public Fleet(NodeTable table, RequestQueue queue, InFlightAudit audit, RouterClock clock) {
        this.table = table;
        this.queue = queue;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Leases a node; the request waits in the admission queue if allowed.
     *
     * @param tried nodes that have failed the request
     * @param number the number of the attempt, from 1
     * @throws ModelNotFoundException if no node serves the model
     * @throws NoNodeAvailableException if none of its nodes is routable, or all have been tried
     * @throws TooManyRequestsException if all of them are at their limit
     */
    public NodeLease lease(RequestContext request, Set<LiveNode> tried, int number) {
        request.state().ifPresent(state -> table.requireHolder(state, request));
        Pool pool = table.pool(request).orElseThrow(() -> table.unavailable(request));
        request.recorder().isServed(request.model());
        long start = clock.nanoTime();
        Optional<SelectedNode> choice = pool.acquire(request, tried);
        if (choice.isPresent()) {
            return leased(choice.get(), request, pool, number, 0);
        }
        return queued(pool, request, tried)
                .map(given -> leased(given, request, pool, number, clock.nanoTime() - start))
                .orElseThrow(() -> noRoom(pool, request, tried, clock.nanoTime() - start));
    }

    /** The same without waiting. */
    Optional<NodeLease> leaseAtOnce(RequestContext request, Set<LiveNode> tried, int number) {
        return table.pool(request)
                .flatMap(pool -> pool.acquire(request, tried).map(choice -> leased(choice, request, pool, number, 0)));
    }

    /** Waiting is useless once all nodes have been tried. */
    private Optional<SelectedNode> queued(Pool pool, RequestContext request, Set<LiveNode> tried) {
        if (pool.nodes().isEmpty()) {
            request.prompt(); // there is no selector yet to prepare it for, and later it would be read under locks
        }
        return queue.size() == 0 || (!tried.isEmpty() && tried.containsAll(pool.nodesFor(request)))
                ? Optional.empty()
                : queue.await(pool, request, tried);
    }

    private NodeLease leased(SelectedNode choice, RequestContext request, Pool pool, int number, long waited) {
        LiveNode node = choice.node();
        Attempt attempt = Attempt.builder()
                .requestId(request.requestId())
                .model(request.model())
                .strategy(pool.strategy())
                .node(node.spec())
                .number(number)
                .decision(choice.decision())
                .build();
        NodeLease lease = new NodeLease(node, this, attempt, choice.observer(), request.recorder());
        try {
            request.recorder().started(attempt, waited);
            return lease;
        } catch (Throwable e) {
            lease.close();
            throw e;
        }
    }

    private RuntimeException noRoom(Pool pool, RequestContext request, Set<LiveNode> tried, long waited) {
        if (tried.containsAll(pool.nodesFor(request))) {
            return table.unavailable(request);
        }
        String limits = "Each " + request.role() + " node for the model '" + request.model()
                + "' is at its limit of requests in flight (" + pool.room() + " in all)";
        return new TooManyRequestsException(limits + queue.refusal(waited) + ".");
    }

    /** The nodes that may serve a request. */
    List<LiveNode> candidates(RequestContext request) {
        return table.pool(request).map(pool -> pool.nodesFor(request)).orElse(List.of());
    }

    /** The retry budget of requests like this one. */
    public RetryBudget retries(RequestContext request) {
        return table.pool(request).map(Pool::retries).orElseGet(() -> new RetryBudget(clock));
    }

    /** The number of waiting requests. */
    public int waiting() {
        return queue.waiting();
    }

    /** A lease was given. */
    @Override
    public void leased(LiveNode node) {
        audit.held(node);
    }

    /** A lease was released: serves a waiting request, or removes a draining node. */
    @Override
    public void released(LiveNode node) {
        boolean wasLast = node.release();
        audit.released();
        if (!queue.isEmpty()) {
            table.pools().stream().filter(pool -> pool.nodes().contains(node)).forEach(Pool::freed);
        }
        if (wasLast) {
            table.removeIfDrained(node);
        }
    }

    /** A node has begun to respond without an error: a half-open node is admitted. */
    @Override
    public void begun(LiveNode node) {
        if (node.health().begun()) {
            LOG.info("{} has passed its trial", node);
        }
    }

    /** Reports the result of an attempt, which updates the node's health. */
    @Override
    public void report(NodeLease lease, AttemptResult result, Duration elapsed) {
        LiveNode node = lease.liveNode();
        if (result.outcome() == Outcome.COMPLETED) {
            begun(node);
            node.responded(elapsed.toNanos() / (double) TimeUnit.SECONDS.toNanos(1));
        } else if (result.outcome() == Outcome.REFUSED) {
            begun(node);
            node.health().succeeded();
        } else if (result.isFailure() && lease.recorder().isFirstFailureOf(node)) {
            table.recordFailure(node, result);
        }
    }

    /** Compares the counts with the leases; called periodically. */
    public void audit() {
        audit.compare(table.nodes());
    }

    /** Ends all waits. */
    @Override
    public void close() {
        queue.close(table.pools());
    }
}
