package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InferenceResponse;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.TwoStageLegs.PrefillOutcome;
import io.dlrouter.core.TwoStageLegs.Refusal;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.TwoStage;
import java.util.Optional;

/**
 * One request on its way through prefill and decode. The place on the decode node is held before prefill begins, so
 * that what prefill leaves never waits for one. What is tried again, and where, follows from what is known of the KV
 * cache: it is held for a time, and taken over once. Used by one thread.
 */
final class TwoStageRequest {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    private final TwoStageLegs legs;
    private final TwoStage protocol;
    private final RequestContext request;
    private final LinkedPlaces places;

    TwoStageRequest(TwoStageLegs legs, TwoStage protocol, RequestContext request, LinkedPlaces places) {
        this.legs = legs;
        this.protocol = protocol;
        this.request = request;
        this.places = places;
    }

    InferenceResponse answer() {
        try {
            Optional<NodeRequest> alone =
                    protocol.decodeAlone(request, places.decode().node());
            return alone.isPresent() ? unread(alone.get()) : split();
        } catch (RuntimeException | Error e) {
            places.close();
            throw e;
        }
    }

    /** A prompt that decode reads itself may go to any decode node. */
    private InferenceResponse unread(NodeRequest alone) {
        return decoded(PrefilledPrompt.unread(alone, places.decode().liveNode(), request.clock()))
                .orElseThrow();
    }

    private InferenceResponse split() {
        while (true) {
            PrefillOutcome outcome = prefill();
            if (outcome instanceof Refusal refusal) {
                places.close();
                return refusal.answer();
            }
            Optional<InferenceResponse> answer = decoded((PrefilledPrompt) outcome);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
    }

    private PrefillOutcome prefill() {
        while (true) {
            NodeLease place = places.prefill();
            try {
                PrefillOutcome outcome =
                        legs.prefill(request, place, places.decode().liveNode());
                if (!goesElsewhere(place, outcome)) {
                    return outcome;
                }
            } catch (NodeUnreachableException | BadNodeResponseException e) {
                places.prefillFailed(place, e);
            } catch (RuntimeException | Error e) {
                place.close();
                throw e;
            }
        }
    }

    /** Whether a node's word that it has no room is not the last one. */
    private boolean goesElsewhere(NodeLease place, PrefillOutcome outcome) {
        if (outcome instanceof Refusal refusal
                && places.prefillGoesElsewhere(place, refusal.answer().status())) {
            refusal.answer().close();
            return true;
        }
        return false;
    }

    /** Decode's answer; empty if the prompt has to be prefilled again. What nobody took over is then given back. */
    private Optional<InferenceResponse> decoded(PrefilledPrompt prefilled) {
        try (PrefilledPrompt prompt = prefilled) {
            if (request.cancellation().isCancelled()) {
                throw new RequestCancelledException("The caller cancelled the request.");
            }
            Optional<InferenceResponse> answer = Optional.empty();
            while (answer.isEmpty() && prompt.isFor(places.decode().liveNode())) {
                answer = decode(prompt);
            }
            if (answer.isEmpty() && prompt.isExpired()) {
                places.prefillAgain(prompt.expired(places.decode().liveNode()));
            }
            return answer;
        }
    }

    /** Decode's answer; empty if the request has another place to be decoded, for which the prompt may still do. */
    private Optional<InferenceResponse> decode(PrefilledPrompt prompt) {
        Optional<Links.Use> link = link(prompt);
        if (link.isEmpty()) {
            return Optional.empty();
        }
        try (Links.Use inUse = link.get()) {
            return decode(prompt, inUse);
        }
    }

    /** The link with the node that holds the cache; empty if there is none to the place that the request has. */
    private Optional<Links.Use> link(PrefilledPrompt prompt) {
        try {
            return Optional.of(prompt.prefill().map(places::link).orElse(Links.Use.NONE));
        } catch (LegFailedException e) {
            unlinked(e, prompt);
            return Optional.empty();
        }
    }

    private Optional<InferenceResponse> decode(PrefilledPrompt prompt, Links.Use link) {
        try {
            return answered(legs.decode(request, prompt, places.decode(), link), prompt);
        } catch (LinkGoneException e) {
            places.nextDecode();
        } catch (KvLeaseExpiredException e) {
            prompt.spend();
            places.decodeAgain(prompt.expired(places.decode().liveNode()));
        } catch (NodeUnreachableException e) {
            brokenOff(e, e.mayHaveArrived(), prompt, link);
        } catch (BadNodeResponseException e) {
            brokenOff(e, true, prompt, link);
        }
        return Optional.empty();
    }

    private void unlinked(LegFailedException reason, PrefilledPrompt prompt) {
        if (reason.leg() == Role.PREFILL) {
            prompt.spend();
        } else {
            places.decodeFailed(reason);
            places.nextDecode();
        }
    }

    private void brokenOff(RouterException reason, boolean mayHaveBegun, PrefilledPrompt prompt, Links.Use link) {
        if (mayHaveBegun) {
            link.broken();
        }
        decodeFailed(reason, mayHaveBegun, prompt);
        places.nextDecode();
    }

    private void decodeFailed(RouterException reason, boolean mayHaveBegun, PrefilledPrompt prompt) {
        places.decodeFailed(reason);
        if (mayHaveBegun) {
            prompt.spend();
        }
    }

    private Optional<InferenceResponse> answered(DecodeLeg leg, PrefilledPrompt prompt) {
        try {
            return leg.status() >= 500 || leg.status() == TOO_MANY_REQUESTS
                    ? unlessElsewhere(leg, prompt)
                    : Optional.of(asClientSeesIt(leg, prompt));
        } catch (RuntimeException | Error e) {
            leg.close();
            throw e;
        }
    }

    /** A node's word that it is full or broken stands if there is no other node to ask. */
    private Optional<InferenceResponse> unlessElsewhere(DecodeLeg leg, PrefilledPrompt prompt) {
        boolean admittedNothing = leg.status() == TOO_MANY_REQUESTS || leg.status() == UNAVAILABLE;
        LiveNode node = places.decode().liveNode();
        decodeFailed(TwoStageLegs.answeredWith(leg.status(), node), !admittedNothing, prompt);
        if (!places.hasNextDecode(leg.status())) {
            return Optional.of(leg.plain());
        }
        leg.close();
        return Optional.empty();
    }

    private InferenceResponse asClientSeesIt(DecodeLeg leg, PrefilledPrompt prompt) {
        return leg.status() < 300
                ? leg.edited(new HandoverEdit(protocol.hiddenMembers(), prompt.usage(), prompt.isGivenBack()), prompt)
                : leg.plain();
    }
}
