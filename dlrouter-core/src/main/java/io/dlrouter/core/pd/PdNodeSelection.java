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
 * The places of one request that is split: on a decode node, held from the beginning, and on prefill nodes that are
 * linked with it. Used by one thread.
 */
public final class PdNodeSelection implements AutoCloseable {
    private final Links links;
    private final RequestContext request;
    private final NodeSelection prefills;
    private final NodeSelection decodes;
    private NodeLease decode;

    /** Places the request on a decode node. */
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

    /**
     * A lease on a prefill node that is linked with the decode node, which is another one than before if that cannot be
     * linked.
     */
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

    /** Why the decode node can be linked with no prefill node at all. */
    private Optional<String> misfit() {
        List<LiveNode> candidates = prefills.candidates();
        return !candidates.isEmpty()
                        && links.unfit(candidates, decode.liveNode()).size() == candidates.size()
                ? links.mismatch(candidates.get(0), decode.liveNode())
                : Optional.empty();
    }

    /** A pair that can never be linked is passed over from now on; else the node at fault has failed the request. */
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
     * The link of a prefill node with the decode node, waited for until it stands.
     *
     * @return to be closed when decode has fetched its cache, or will not
     * @throws LegFailedException if it cannot be made
     */
    public Links.Use link(LiveNode prefill) {
        return links.use(prefill, decode.liveNode(), request.cancellation());
    }

    public void prefillFailed(NodeLease lease, RouterException reason) {
        lease.close();
        prefills.failed(lease, reason);
    }

    /** Whether a prefill that a node has turned away is to be tried on another one. */
    public boolean prefillRetriesElsewhere(NodeLease lease, int status) {
        return prefills.retriesElsewhere(lease, status);
    }

    public void decodeFailed(RouterException reason) {
        decodes.failed(decode, reason);
    }

    /**
     * The KV lease ended: another prefill is to be made.
     *
     * @throws RouterException this reason, if the request was prefilled too often
     */
    public void prefillAgain(RouterException reason) {
        prefills.again(reason);
    }

    /**
     * The KV lease ended before decode began: goes on to another decode node, or to the same if there is no other.
     *
     * @throws RouterException this reason, if the request was decoded too often
     */
    public void decodeAgain(RouterException reason) {
        LiveNode late = decode.liveNode();
        decode.close();
        decodes.again(reason);
        decode = decodes.otherThan(late).orElseGet(decodes::nextForLeg);
    }

    /** Goes on to another decode node. */
    public void nextDecode() {
        decode.close();
        decode = decodes.nextForLeg();
    }

    /**
     * As {@link #nextDecode()}, if there is one; false if there is none, and the place is as before.
     *
     * @param status that the decode node responded with
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

    /** Gives the decode node's place back, if no response has fetched it. */
    @Override
    public void close() {
        decode.close();
    }
}
