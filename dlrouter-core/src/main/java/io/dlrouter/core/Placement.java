package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.LegFailedException;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The search of one request for a node of one role: never one that has failed it, and only so many of them. Used by one
 * thread.
 */
final class Placement {
    private static final Logger LOG = LoggerFactory.getLogger(Placement.class);
    private static final int MAX_ATTEMPTS = 3;

    private final NodeTable table;
    private final RequestContext request;
    private final Set<LiveNode> failed = new HashSet<>();
    /** Nodes whose failure has been counted for this request. */
    private final Set<LiveNode> counted;

    private @Nullable RouterException failure;

    Placement(NodeTable table, RequestContext request, Role role) {
        this(table, request, role, new HashSet<>());
    }

    /** @param counted is shared by the parts of one request, for which a node's failure counts once */
    Placement(NodeTable table, RequestContext request, Role role, Set<LiveNode> counted) {
        this.table = table;
        this.request = request.forRole(role);
        this.counted = counted;
    }

    /**
     * The next place to try.
     *
     * @throws RouterException once a node has failed, its failure if there is no other node to be tried; until then why
     *     there is no node at all
     */
    NodeLease next() {
        return next(Set.of());
    }

    private NodeLease next(Set<LiveNode> unfit) {
        if (failure != null && failed.size() >= MAX_ATTEMPTS) {
            throw failure;
        }
        try {
            return table.lease(request, without(unfit));
        } catch (NoNodeAvailableException | ModelNotFoundException e) {
            throw failure == null ? e : failure;
        }
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
    List<LiveNode> candidates() {
        return table.routable(request).stream()
                .filter(node -> !failed.contains(node))
                .toList();
    }

    /** As {@link #next()}, for one leg of a request. */
    NodeLease nextForLeg() {
        return nextForLeg(Set.of());
    }

    /** The same, on none of these nodes. */
    NodeLease nextForLeg(Set<LiveNode> unfit) {
        try {
            return next(unfit);
        } catch (NodeUnreachableException | BadNodeResponseException e) {
            throw new LegFailedException(request.role(), String.valueOf(e.getMessage()), e);
        }
    }

    /** As {@link #next()}; empty if there is no other node to be tried. */
    Optional<NodeLease> another() {
        try {
            return Optional.of(next());
        } catch (RouterException e) {
            return Optional.empty();
        }
    }

    /** Says that a node has failed the request; one that was not reached is a step nearer to its ejection. */
    void failed(NodeLease lease, RouterException reason) {
        LOG.debug("A request for {} is placed again: {}", request.model(), reason.getMessage());
        if (reason instanceof NodeUnreachableException && counted.add(lease.liveNode())) {
            lease.failed();
        }
        failed.add(lease.liveNode());
        failure = reason;
    }
}
