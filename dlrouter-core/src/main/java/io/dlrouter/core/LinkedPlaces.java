package io.dlrouter.core;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import java.util.List;
import java.util.Optional;

/**
 * The places of one request that is split: on a decode node, held from the beginning, and on prefill nodes that are
 * linked with it. Used by one thread.
 */
final class LinkedPlaces implements AutoCloseable {
    private final Links links;
    private final RequestContext request;
    private final Placement prefills;
    private final Placement decodes;
    private NodeLease decode;

    /** Places the request on a decode node. */
    LinkedPlaces(Places places, Links links, RequestContext request) {
        this.links = links;
        this.request = request;
        this.prefills = new Placement(places, request, Role.PREFILL);
        this.decodes = new Placement(places, request, Role.DECODE);
        this.decode = decodes.next();
    }

    /** The place on the decode node. */
    NodeLease decode() {
        return decode;
    }

    /**
     * A place on a prefill node that is linked with the decode node, which is another one than before if that cannot be
     * linked.
     */
    NodeLease prefill() {
        while (true) {
            NodeLease place = fittingPrefill();
            try {
                links.await(place.liveNode(), decode.liveNode(), request.cancellation());
                return place;
            } catch (LegFailedException e) {
                place.close();
                unlinked(place, e);
            } catch (RuntimeException | Error e) {
                place.close();
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
     * @return to be closed when decode has taken its cache over, or will not
     * @throws LegFailedException if it cannot be made
     */
    Links.Use link(LiveNode prefill) {
        return links.use(prefill, decode.liveNode(), request.cancellation());
    }

    void prefillFailed(NodeLease place, RouterException reason) {
        place.close();
        prefills.failed(place, reason);
    }

    /** Whether a prefill that a node has turned away is to be tried on another one. */
    boolean prefillGoesElsewhere(NodeLease place, int status) {
        return prefills.goesElsewhere(place, status);
    }

    void decodeFailed(RouterException reason) {
        decodes.failed(decode, reason);
    }

    /**
     * The KV lease ended: another prefill is to be made.
     *
     * @throws RouterException this reason, if the request was prefilled too often
     */
    void prefillAgain(RouterException reason) {
        prefills.again(reason);
    }

    /**
     * The KV lease ended before decode began: goes on to another decode node, or to the same if there is no other.
     *
     * @throws RouterException this reason, if the request was decoded too often
     */
    void decodeAgain(RouterException reason) {
        LiveNode late = decode.liveNode();
        decode.close();
        decodes.again(reason);
        decode = decodes.otherThan(late).orElseGet(decodes::nextForLeg);
    }

    /** Goes on to another decode node. */
    void nextDecode() {
        decode.close();
        decode = decodes.nextForLeg();
    }

    /**
     * As {@link #nextDecode()}, if there is one; false if there is none, and the place is as before.
     *
     * @param status that the decode node answered with
     */
    boolean hasNextDecode(int status) {
        Optional<NodeLease> other =
                Placement.isTurnedAway(status) ? decodes.elsewhere(decode, status) : decodes.another();
        other.ifPresent(place -> {
            decode.close();
            decode = place;
        });
        return other.isPresent();
    }

    /** Gives the decode node's place back, if no answer has taken it over. */
    @Override
    public void close() {
        decode.close();
    }
}
