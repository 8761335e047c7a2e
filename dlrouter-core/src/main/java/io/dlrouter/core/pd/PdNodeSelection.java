package io.dlrouter.core.pd;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.Links;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.fleet.NodeSelection;
import io.dlrouter.core.request.RequestContext;
import java.util.List;
import java.util.Optional;

/**
 * The leases of a split request: a decode node, held from the beginning, and prefill nodes that are linked with it.
 * Used by one thread.
 */
public final class PdNodeSelection implements AutoCloseable {
    private final Links links;
    private final RequestContext request;
    private final NodeSelection prefills;
    private final NodeSelection decodes;
    private NodeLease decode;

    /** Leases a decode node. */
    public PdNodeSelection(Fleet fleet, Links links, RequestContext request) {
        this.links = links;
        this.request = request;
        this.prefills = new NodeSelection(fleet, request, Role.PREFILL);
        this.decodes = new NodeSelection(fleet, request, Role.DECODE);
        this.decode = decodes.next();
    }

    /** The lease on the decode node. */
    public NodeLease decode() {
        return decode;
    }

    /** A lease on a prefill node that is linked with the decode node, which is replaced if it cannot be linked. */
    public NodeLease prefill() {
        while (true) {
            NodeLease lease = fittingPrefill();
            try {
                links.await(lease.liveNode(), decode.liveNode(), request.cancellation());
                return lease;
            } catch (LegFailedException e) {
                lease.close();
                unlinked(lease, e);
            } catch (RuntimeException | Error e) {
                lease.close();
                throw e;
            }
        }
    }

    private NodeLease fittingPrefill() {
        Optional<String> misfit = misfit();
        while (misfit.isPresent()) {
            decodes.unfit(decode, new LegFailedException(Role.DECODE, misfit.get(), null));
            nextDecode();
            misfit = misfit();
        }
        return prefills.nextForLeg(links.unfit(prefills.candidates(), decode.liveNode()));
    }

    /** Why the decode node cannot be linked with any prefill node. */
    private Optional<String> misfit() {
        List<LiveNode> candidates = prefills.candidates();
        return !candidates.isEmpty()
                        && links.unfit(candidates, decode.liveNode()).size() == candidates.size()
                ? links.mismatch(candidates.get(0), decode.liveNode())
                : Optional.empty();
    }

    /** A pair that cannot be linked is skipped from now on; otherwise the failed node has failed the request. */
    private void unlinked(NodeLease prefill, LegFailedException reason) {
        if (links.mismatch(prefill.liveNode(), decode.liveNode()).isPresent()) {
            return;
        }
        if (reason.leg() == Role.PREFILL) {
            prefills.unfit(prefill, reason);
        } else {
            decodes.unfit(decode, reason);
            nextDecode();
        }
    }

    /**
     * The link of a prefill node with the decode node, once it is established.
     *
     * @return to be closed when decode has fetched its cache, or will not
     * @throws LegFailedException if it cannot be established
     */
    public Links.Use link(LiveNode prefill) {
        return links.use(prefill, decode.liveNode(), request.cancellation());
    }

    public void prefillFailed(NodeLease lease, RouterException reason) {
        lease.close();
        prefills.failed(lease, reason);
    }

    /** Whether a prefill that a node has rejected is retried on another one. */
    public boolean prefillRetriesElsewhere(NodeLease lease, int status) {
        return prefills.retriesElsewhere(lease, status);
    }

    public void decodeFailed(RouterException reason) {
        decodes.failed(decode, reason);
    }

    /**
     * The KV lease has expired: another prefill is necessary.
     *
     * @throws RouterException this reason, if the request was prefilled too often
     */
    public void prefillAgain(RouterException reason) {
        prefills.again(reason);
    }

    /**
     * The KV lease expired before decode began: continues with another decode node, or with the same if there is no
     * other.
     *
     * @throws RouterException this reason, if the request was decoded too often
     */
    public void decodeAgain(RouterException reason) {
        LiveNode late = decode.liveNode();
        decode.close();
        decodes.again(reason);
        decode = decodes.otherThan(late).orElseGet(decodes::nextForLeg);
    }

    /** Continues with another decode node. */
    public void nextDecode() {
        decode.close();
        decode = decodes.nextForLeg();
    }

    /**
     * As {@link #nextDecode()}, if there is one; false if there is none, and the lease is kept.
     *
     * @param status of the decode node
     */
    public boolean hasNextDecode(int status) {
        Optional<NodeLease> other =
                NodeSelection.isRejected(status) ? decodes.elsewhere(decode, status) : decodes.another();
        other.ifPresent(lease -> {
            decode.close();
            decode = lease;
        });
        return other.isPresent();
    }

    /** Releases the decode node, unless a response owns its lease. */
    @Override
    public void close() {
        decode.close();
    }
}
