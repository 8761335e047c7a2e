package io.dlrouter.core.fleet;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.LegFailedException;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.TooManyRequestsException;
import io.dlrouter.core.request.RequestContext;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Selects nodes of one role for a request: never one that has failed it, and at most a fixed number. Used by one
 * thread.
 */
public final class NodeSelection {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSelection.class);
    private static final int MAX_ATTEMPTS = 3;

    private static final int TOO_MANY_REQUESTS = 429;
    private static final Set<Integer> REJECTED = Set.of(TOO_MANY_REQUESTS, 502, 503, 504);

    private final Fleet fleet;
    private final RequestContext request;
    private final Set<LiveNode> failed = new HashSet<>();
    private int repeats;
    private int expiredAttempts;
    private State state = State.FIRST;
    private boolean overloadRetried;
    private @Nullable RouterException failure;

    /** The kind of the next lease. */
    private enum State {
        /** The first one of the request. */
        FIRST,
        /** A retry, for which the retry budget has to be asked. */
        RETRY,
        /** A replacement without cost, because the last request was not sent. */
        REPLACEMENT,
        /** A retry that the retry budget has granted. */
        PAID_RETRY,
        /** A retry without cost. */
        FREE_RETRY
    }

    /** A selection without an attempt. */
    public NodeSelection(Fleet fleet, RequestContext request, Role role) {
        this.fleet = fleet;
        this.request = request.forRole(role);
    }

    /**
     * The next lease; waits if the request may wait.
     *
     * @throws RouterException after a failed attempt, its failure if no other node is left; otherwise the reason why
     *     there is no lease
     */
    public NodeLease next() {
        return next(Set.of());
    }

    private NodeLease next(Set<LiveNode> unfit) {
        if (failure != null && !isAllowed() && !mayRetry()) {
            throw failure;
        }
        try {
            return leased(fleet.lease(request, without(unfit), 1 + repeats));
        } catch (NoNodeAvailableException | ModelNotFoundException | TooManyRequestsException e) {
            refund();
            throw failure == null ? e : failure;
        }
    }

    private NodeLease leased(NodeLease lease) {
        if (state == State.FIRST) {
            fleet.retries(request).sent();
        }
        state = State.RETRY;
        return lease;
    }

    private boolean isAllowed() {
        return state == State.PAID_RETRY || state == State.FREE_RETRY;
    }

    /** Whether another node is left and the retry budget allows a retry. */
    private boolean mayRetry() {
        return failed.size() + expiredAttempts < MAX_ATTEMPTS && !candidates().isEmpty() && allow();
    }

    private boolean allow() {
        if (state == State.RETRY && spendRetry()) {
            state = State.PAID_RETRY;
        } else if (state == State.REPLACEMENT) {
            state = State.FREE_RETRY;
        }
        return state != State.RETRY;
    }

    private boolean spendRetry() {
        if (fleet.retries(request).repeat()) {
            repeats++;
            return true;
        }
        LOG.debug("Request for {} not retried: the retry budget is exhausted", request.model());
        request.recorder().listener().retryDenied(request.model(), request.role());
        return false;
    }

    private Set<LiveNode> without(Set<LiveNode> unfit) {
        if (unfit.isEmpty()) {
            return failed;
        }
        Set<LiveNode> out = new HashSet<>(failed);
        out.addAll(unfit);
        return out;
    }

    /** The nodes that may still be tried. */
    public List<LiveNode> candidates() {
        return fleet.candidates(request).stream()
                .filter(node -> !failed.contains(node))
                .toList();
    }

    /** As {@link #next()}, for one leg of a request. */
    public NodeLease nextForLeg() {
        return nextForLeg(Set.of());
    }

    /** The same, without these nodes. */
    public NodeLease nextForLeg(Set<LiveNode> unfit) {
        try {
            return next(unfit);
        } catch (NodeUnreachableException | BadNodeResponseException e) {
            throw new LegFailedException(request.role(), String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Counts an attempt that failed without a fault of a node, after which the request may use the same node again.
     *
     * @throws RouterException this reason, if there were too many attempts
     */
    public void again(RouterException reason) {
        expiredAttempts++;
        if (failed.size() + expiredAttempts >= MAX_ATTEMPTS || !spendRetry()) {
            throw reason;
        }
        LOG.debug("Retrying a request for {}: {}", request.model(), reason.getMessage());
    }

    /** A lease on another node, without waiting; empty if there is none. */
    public Optional<NodeLease> otherThan(LiveNode node) {
        return fleet.leaseAtOnce(request, without(Set.of(node)), 1 + repeats).map(this::leased);
    }

    /** As {@link #next()}, without waiting; empty if there is none. */
    public Optional<NodeLease> another() {
        return mayRetry() ? atOnce() : Optional.empty();
    }

    private Optional<NodeLease> atOnce() {
        Optional<NodeLease> other =
                fleet.leaseAtOnce(request, failed, 1 + repeats).map(this::leased);
        if (other.isEmpty()) {
            refund();
        }
        return other;
    }

    /** A granted retry was not made. */
    private void refund() {
        if (state == State.PAID_RETRY) {
            fleet.retries(request).refund();
            repeats--;
            state = State.RETRY;
        } else if (state == State.FREE_RETRY) {
            state = State.REPLACEMENT;
        }
    }

    /** Another lease for a request that a node has rejected with this status; empty if the node's response is final. */
    public Optional<NodeLease> elsewhere(NodeLease lease, int status) {
        return retriesElsewhere(lease, status) ? atOnce() : Optional.empty();
    }

    /**
     * Whether a request that a node has rejected is retried on another node, which must not be in back-off. At most two
     * nodes are asked after back-pressure.
     */
    public boolean retriesElsewhere(NodeLease lease, int status) {
        if (!isRejected(status) || (status == TOO_MANY_REQUESTS && overloadRetried)) {
            return false;
        }
        overloadRetried |= status == TOO_MANY_REQUESTS;
        failed(lease, lease.liveNode().respondedWith(status));
        return candidates().stream().anyMatch(node -> !node.health().isBackingOff()) && mayRetry();
    }

    /** Whether a response with this status means that the node has not processed the request. */
    public static boolean isRejected(int status) {
        return REJECTED.contains(status);
    }

    /** Reports that a node has failed the request. */
    public void failed(NodeLease lease, RouterException reason) {
        LOG.debug("Retrying a request for {}: {}", request.model(), reason.getMessage());
        failed.add(lease.liveNode());
        failure = reason;
    }

    /** Reports that a node cannot serve the request, which was not sent to it. */
    public void unfit(NodeLease lease, RouterException reason) {
        failed(lease, reason);
        state = State.REPLACEMENT;
    }
}
