package io.dlrouter.core;

import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.TooManyRequestsException;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.RouterClock;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives requests places on nodes, lets them wait for one, and hears what became of them there. Safe for use by many
 * threads.
 */
final class Places implements AutoCloseable {
    private final NodeTable table;
    private final WaitingLine line;
    private final InFlightAudit audit;
    private final RouterClock clock;

    Places(NodeTable table, WaitingLine line, InFlightAudit audit, RouterClock clock) {
        this.table = table;
        this.line = line;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Places a request, which waits in line for it if it may.
     *
     * @param tried nodes that have failed it
     * @param number which attempt at the request this is, from 1 on
     * @throws ModelNotFoundException if no node serves the model
     * @throws NoNodeAvailableException if none of those that do is routable, or all have been tried
     * @throws TooManyRequestsException if all of them are at their limits
     */
    NodeLease lease(RequestContext request, Set<LiveNode> tried, int number) {
        Pool pool = table.pool(request).orElseThrow(() -> table.unplaceable(request));
        request.watch().isServed(request.model());
        long start = clock.nanoTime();
        Optional<Pool.Choice> choice = pool.acquire(request, tried);
        if (choice.isPresent()) {
            return leased(choice.get(), request, pool, number, 0);
        }
        return awaited(pool, request, tried)
                .map(given -> leased(given, request, pool, number, clock.nanoTime() - start))
                .orElseThrow(() -> noRoom(pool, request, tried, clock.nanoTime() - start));
    }

    /** The same, now or never. */
    Optional<NodeLease> leaseAtOnce(RequestContext request, Set<LiveNode> tried, int number) {
        return table.pool(request)
                .flatMap(pool -> pool.acquire(request, tried).map(choice -> leased(choice, request, pool, number, 0)));
    }

    /** It is no use to wait when all there are have been tried. */
    private Optional<Pool.Choice> awaited(Pool pool, RequestContext request, Set<LiveNode> tried) {
        if (pool.nodes().isEmpty()) {
            request.prompt(); // there is no selector yet to prepare it for, and later it would be read under locks
        }
        return line.size() == 0 || (!tried.isEmpty() && tried.containsAll(pool.nodes()))
                ? Optional.empty()
                : line.await(pool, request, tried);
    }

    private NodeLease leased(Pool.Choice choice, RequestContext request, Pool pool, int number, long waited) {
        LiveNode node = choice.node();
        Attempt attempt = new Attempt(
                request.requestId(), request.model(), pool.strategy(), node.spec(), number, choice.decision());
        NodeLease lease = new NodeLease(new Place(node, this), attempt, choice.visit(), request.watch());
        try {
            request.watch().placed(attempt, waited);
            return lease;
        } catch (Throwable e) {
            lease.close();
            throw e;
        }
    }

    private RuntimeException noRoom(Pool pool, RequestContext request, Set<LiveNode> tried, long waited) {
        if (tried.containsAll(pool.nodes())) {
            return table.unplaceable(request);
        }
        String limits = "Each " + request.role() + " node for the model '" + request.model()
                + "' is at its limit of requests in flight (" + pool.room() + " in all)";
        return new TooManyRequestsException(limits + line.refusal(waited) + ".");
    }

    /** The nodes on which a request may be placed. */
    List<LiveNode> candidates(RequestContext request) {
        return table.pool(request).map(Pool::nodes).orElse(List.of());
    }

    /** How often requests like this one may be sent again. */
    RetryBudget retries(RequestContext request) {
        return table.pool(request).map(Pool::retries).orElseGet(() -> new RetryBudget(clock));
    }

    /** How many requests wait for a place. */
    int waiting() {
        return line.waiting();
    }

    /** A place on a node was given. */
    void held(LiveNode node) {
        audit.held(node);
    }

    /** A place on a node was given back: for one who waits for it, or to take the node out if it is draining. */
    void released(LiveNode node) {
        boolean wasLast = node.release();
        audit.released();
        if (!line.isEmpty()) {
            table.pools().stream().filter(pool -> pool.nodes().contains(node)).forEach(Pool::freed);
        }
        if (wasLast) {
            table.removeIfDrained(node);
        }
    }

    /** A node has begun to answer in order. */
    void begun(LiveNode node) {
        table.begun(node);
    }

    /** A node has failed a request. */
    void failed(LiveNode node, Ending how) {
        table.failed(node, how);
    }

    /** Whether the counts are what they ought to be; asked now and then. */
    void audit() {
        audit.compare(table.nodes());
    }

    /** Lets nobody wait any more. */
    @Override
    public void close() {
        line.close(table.pools());
    }
}
