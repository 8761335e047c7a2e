package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.Sender.Delivery;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Taker;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
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

    private final Sender sender;
    private final TwoStage protocol;
    private final RequestContext request;
    private final Placement prefills;
    private final Placement decodes;
    private NodeLease decode;

    /** Places the request on a decode node. */
    TwoStageRequest(NodeTable table, Sender sender, TwoStage protocol, RequestContext request) {
        this.sender = sender;
        this.protocol = protocol;
        this.request = request;
        this.prefills = new Placement(table, request, Role.PREFILL);
        this.decodes = new Placement(table, request, Role.DECODE);
        this.decode = decodes.next();
    }

    /** What a prefill came to: a prompt to decode, or an answer that says no. */
    sealed interface PrefillOutcome permits PrefilledPrompt, Refusal {}

    /** Prefill's word that the request is wrong, which is the client's to hear. */
    private record Refusal(InferenceResponse answer) implements PrefillOutcome {}

    InferenceResponse answer() {
        try {
            PrefillOutcome outcome = protocol.isForDecodeAlone(request, decode.node()) ? unread() : prefill();
            while (outcome instanceof PrefilledPrompt prompt) {
                Optional<InferenceResponse> answer = decode(prompt);
                if (answer.isPresent()) {
                    return answer.get();
                }
                outcome = prompt.isFor(decode.liveNode()) ? prompt : prefill();
            }
            decode.close();
            return ((Refusal) outcome).answer;
        } catch (RuntimeException | Error e) {
            decode.close();
            throw e;
        }
    }

    /** A prompt that decode reads itself. */
    private PrefilledPrompt unread() {
        return new PrefilledPrompt(Handover.ofNothing(NodeRequest.UNCHANGED), Optional.empty(), decode.liveNode());
    }

    private PrefillOutcome prefill() {
        while (true) {
            NodeLease place = prefills.nextForLeg();
            PdAttempt attempt = PdAttempt.of(request, place.node(), decode.node());
            try {
                return prefill(attempt, place);
            } catch (NodeUnreachableException | BadNodeResponseException e) {
                place.close();
                prefills.failed(place, e);
            } catch (RuntimeException | Error e) {
                place.close();
                throw e;
            }
        }
    }

    private PrefillOutcome prefill(PdAttempt attempt, NodeLease place) {
        NodeResponse answer = sender.send(request, protocol.prefill(attempt), place, Delivery.REPEATABLE);
        if (answer.status() >= 400 && answer.status() < 500) {
            return new Refusal(PdAnswer.plain(answer, request.requestId()));
        }
        try (answer) {
            if (answer.status() >= 300) {
                throw answeredWith(answer.status(), place);
            }
            return prompt(attempt, place, PdAnswer.readWhole(answer));
        }
    }

    private PrefilledPrompt prompt(PdAttempt attempt, NodeLease place, byte[] answer) {
        JsonObject prefilled = read(answer, place);
        Handover handover = protocol.handover(attempt, prefilled);
        if (handover.taker() == Taker.NONE) {
            place.liveNode().missedHandover();
        }
        return new PrefilledPrompt(handover, PromptUsage.of(prefilled), decode.liveNode());
    }

    private static JsonObject read(byte[] answer, NodeLease place) {
        try {
            return JsonObject.read(answer);
        } catch (MalformedJsonException e) {
            throw new BadNodeResponseException(
                    "The " + place.liveNode() + " gave an answer that is not a JSON object: " + e.getMessage() + ".",
                    e);
        }
    }

    /** Decode's answer; empty if the request has another place to be decoded, for which the prompt may still do. */
    private Optional<InferenceResponse> decode(PrefilledPrompt prompt) {
        Delivery delivery = prompt.holdsCache() ? Delivery.ONCE : Delivery.REPEATABLE;
        try {
            return answered(sender.send(request, prompt.decode(), decode, delivery), prompt);
        } catch (NodeUnreachableException e) {
            decodeFailed(e, e.mayHaveArrived(), prompt);
        } catch (BadNodeResponseException e) {
            decodeFailed(e, true, prompt);
        }
        decode = decodes.nextForLeg();
        return Optional.empty();
    }

    private Optional<InferenceResponse> answered(NodeResponse answer, PrefilledPrompt prompt) {
        try {
            return answer.status() >= 500 || answer.status() == TOO_MANY_REQUESTS
                    ? unlessElsewhere(answer, prompt)
                    : Optional.of(asClientSeesIt(answer, prompt));
        } catch (RuntimeException | Error e) {
            answer.close();
            throw e;
        }
    }

    private void decodeFailed(RouterException reason, boolean mayHaveBegun, PrefilledPrompt prompt) {
        decodes.failed(decode, reason);
        if (mayHaveBegun) {
            prompt.spend();
        }
    }

    /** A node's word that it is full or broken stands if there is no other node to ask. */
    private Optional<InferenceResponse> unlessElsewhere(NodeResponse answer, PrefilledPrompt prompt) {
        boolean admittedNothing = answer.status() == TOO_MANY_REQUESTS || answer.status() == UNAVAILABLE;
        decodeFailed(answeredWith(answer.status(), decode), !admittedNothing, prompt);
        Optional<NodeLease> other = decodes.another();
        if (other.isEmpty()) {
            return Optional.of(PdAnswer.plain(answer, request.requestId()));
        }
        answer.close();
        decode = other.get();
        return Optional.empty();
    }

    private InferenceResponse asClientSeesIt(NodeResponse answer, PrefilledPrompt prompt) {
        return answer.status() < 300
                ? PdAnswer.edited(
                        answer, request.requestId(), new HandoverEdit(protocol.hiddenMembers(), prompt.usage()))
                : PdAnswer.plain(answer, request.requestId());
    }

    private static BadNodeResponseException answeredWith(int status, NodeLease place) {
        return new BadNodeResponseException("The " + place.liveNode() + " answered with status " + status + ".");
    }
}
