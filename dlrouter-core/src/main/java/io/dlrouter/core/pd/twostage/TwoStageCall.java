package io.dlrouter.core.pd.twostage;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InferenceResponse;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.LinkGoneException;
import io.dlrouter.core.fleet.Links;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.pd.PdNodeSelection;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.TwoStage;
import java.util.Optional;

/**
 * A request through prefill and decode. The decode lease is held before prefill begins, so that a filled cache never
 * waits for one. Retries follow from the state of the KV cache, which is held for a limited time and can be fetched
 * once. Used by one thread.
 */
final class TwoStageCall {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    private final TwoStageLegs legs;
    private final TwoStage protocol;
    private final RequestContext request;
    private final PdNodeSelection selection;

    TwoStageCall(TwoStageLegs legs, TwoStage protocol, RequestContext request, PdNodeSelection selection) {
        this.legs = legs;
        this.protocol = protocol;
        this.request = request;
        this.selection = selection;
    }

    InferenceResponse response() {
        try {
            Optional<NodeRequest> alone =
                    protocol.decodeAlone(request, selection.decode().node());
            return alone.isPresent() ? unread(alone.get()) : split();
        } catch (RuntimeException | Error e) {
            selection.close();
            throw e;
        }
    }

    /** A prompt that decode computes itself may go to any decode node. */
    private InferenceResponse unread(NodeRequest alone) {
        return decoded(PrefillResult.unread(alone, selection.decode().liveNode(), request.clock()))
                .orElseThrow();
    }

    private InferenceResponse split() {
        while (true) {
            PrefillOutcome outcome = prefill();
            if (outcome instanceof PrefillOutcome.Refusal refusal) {
                selection.close();
                return refusal.response();
            }
            Optional<InferenceResponse> response = decoded((PrefillResult) outcome);
            if (response.isPresent()) {
                return response.get();
            }
        }
    }

    private PrefillOutcome prefill() {
        while (true) {
            NodeLease lease = selection.prefill();
            try {
                PrefillOutcome outcome =
                        legs.prefill(request, lease, selection.decode().liveNode());
                if (!retriesElsewhere(lease, outcome)) {
                    return outcome;
                }
            } catch (NodeUnreachableException | BadNodeResponseException e) {
                selection.prefillFailed(lease, e);
            } catch (RuntimeException | Error e) {
                lease.close();
                throw e;
            }
        }
    }

    /** Whether a node's back-pressure is retried elsewhere. */
    private boolean retriesElsewhere(NodeLease lease, PrefillOutcome outcome) {
        if (outcome instanceof PrefillOutcome.Refusal refusal
                && selection.prefillRetriesElsewhere(lease, refusal.response().status())) {
            refusal.response().close();
            return true;
        }
        return false;
    }

    /**
     * Decode's response; empty if the prompt has to be prefilled again. A cache that was not fetched is then released.
     */
    private Optional<InferenceResponse> decoded(PrefillResult prefilled) {
        try (PrefillResult prompt = prefilled) {
            if (request.cancellation().isCancelled()) {
                throw new RequestCancelledException("The caller cancelled the request.");
            }
            Optional<InferenceResponse> response = Optional.empty();
            while (response.isEmpty() && prompt.isFor(selection.decode().liveNode())) {
                response = decode(prompt);
            }
            if (response.isEmpty() && prompt.isExpired()) {
                selection.prefillAgain(prompt.expired(selection.decode().liveNode()));
            }
            return response;
        }
    }

    /** Decode's response; empty if the request has another decode lease, for which the cache may still be valid. */
    private Optional<InferenceResponse> decode(PrefillResult prompt) {
        Optional<Links.Use> link = link(prompt);
        if (link.isEmpty()) {
            return Optional.empty();
        }
        try (Links.Use inUse = link.get()) {
            return decode(prompt, inUse);
        }
    }

    /** The link with the node that holds the cache; empty if it cannot be linked with the leased decode node. */
    private Optional<Links.Use> link(PrefillResult prompt) {
        try {
            return Optional.of(prompt.prefill().map(selection::link).orElse(Links.Use.NONE));
        } catch (LegFailedException e) {
            unlinked(e, prompt);
            return Optional.empty();
        }
    }

    private Optional<InferenceResponse> decode(PrefillResult prompt, Links.Use link) {
        try {
            return responded(legs.decode(request, prompt, selection.decode(), link), prompt);
        } catch (LinkGoneException e) {
            selection.nextDecode();
        } catch (KvLeaseExpiredException e) {
            prompt.spend();
            selection.decodeAgain(prompt.expired(selection.decode().liveNode()));
        } catch (NodeUnreachableException e) {
            brokenOff(e, e.mayHaveArrived(), prompt, link);
        } catch (BadNodeResponseException e) {
            brokenOff(e, true, prompt, link);
        }
        return Optional.empty();
    }

    private void unlinked(LegFailedException reason, PrefillResult prompt) {
        if (reason.leg() == Role.PREFILL) {
            prompt.spend();
        } else {
            selection.decodeFailed(reason);
            selection.nextDecode();
        }
    }

    private void brokenOff(RouterException reason, boolean mayHaveBegun, PrefillResult prompt, Links.Use link) {
        if (mayHaveBegun) {
            link.broken();
        }
        decodeFailed(reason, mayHaveBegun, prompt);
        selection.nextDecode();
    }

    private void decodeFailed(RouterException reason, boolean mayHaveBegun, PrefillResult prompt) {
        selection.decodeFailed(reason);
        if (mayHaveBegun) {
            prompt.spend();
        }
    }

    private Optional<InferenceResponse> responded(DecodeLeg leg, PrefillResult prompt) {
        try {
            return leg.status() >= 500 || leg.status() == TOO_MANY_REQUESTS
                    ? unlessElsewhere(leg, prompt)
                    : Optional.of(asClientSeesIt(leg, prompt));
        } catch (RuntimeException | Error e) {
            leg.close();
            throw e;
        }
    }

    /** A node's back-pressure or error is final if there is no other node. */
    private Optional<InferenceResponse> unlessElsewhere(DecodeLeg leg, PrefillResult prompt) {
        boolean admittedNothing = leg.status() == TOO_MANY_REQUESTS || leg.status() == UNAVAILABLE;
        LiveNode node = selection.decode().liveNode();
        decodeFailed(node.respondedWith(leg.status()), !admittedNothing, prompt);
        if (!selection.hasNextDecode(leg.status())) {
            return Optional.of(leg.plain());
        }
        leg.close();
        return Optional.empty();
    }

    private InferenceResponse asClientSeesIt(DecodeLeg leg, PrefillResult prompt) {
        return leg.status() < 300
                ? leg.edited(new HandoverEdit(protocol.hiddenMembers(), prompt.usage(), prompt.isReleased()), prompt)
                : leg.plain();
    }
}
