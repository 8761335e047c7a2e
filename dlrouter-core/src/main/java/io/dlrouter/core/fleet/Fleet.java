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
 * Gives requests places on nodes, lets them wait for one, and hears what became of them there. Safe for use by many
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
     * Places a request, which waits in the queue for it if it may.
     *
     * @param tried nodes that have failed it
     * @param number which attempt at the request this is, from 1 on
     * @throws ModelNotFoundException if no node serves the model
     * @throws NoNodeAvailableException if none of those that do is routable, or all have been tried
     * @throws TooManyRequestsException if all of them are at their limits
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

    /** The same, now or never. */
    Optional<NodeLease> leaseAtOnce(RequestContext request, Set<LiveNode> tried, int number) {
        return table.pool(request)
                .flatMap(pool -> pool.acquire(request, tried).map(choice -> leased(choice, request, pool, number, 0)));
    }

    /** It is no use to wait when all there are have been tried. */
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

    /** The nodes on which a request may be placed. */
    List<LiveNode> candidates(RequestContext request) {
        return table.pool(request).map(pool -> pool.nodesFor(request)).orElse(List.of());
    }

    /** How often requests like this one may be sent again. */
    public RetryBudget retries(RequestContext request) {
        return table.pool(request).map(Pool::retries).orElseGet(() -> new RetryBudget(clock));
    }

    /** How many requests wait for capacity. */
    public int waiting() {
        return queue.waiting();
    }

    /** A lease on a node was given. */
    @Override
    public void leased(LiveNode node) {
        audit.held(node);
    }

    /** A lease on a node was released: for one who waits for it, or to take the node out if it is draining. */
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

    /** Reports the result of an attempt, which counts for or against its node. */
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

    /** Whether the counts are what they ought to be; asked now and then. */
    public void audit() {
        audit.compare(table.nodes());
    }

    /** Lets nobody wait any more. */
    @Override
    public void close() {
        queue.close(table.pools());
    }
}
