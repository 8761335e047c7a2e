package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.PdAttempt;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * One request on its way through prefill and decode at the same time. A pair that fails before decode's first byte is
 * replaced by another pair, to which the request is new. Of a request for several samples it is one. Used by one
 * thread.
 */
final class DualDispatchRequest {
    private final Sender sender;
    private final DualDispatch protocol;
    private final RequestContext request;
    private final int sample;
    private final Executor threads;
    private final Placement prefills;
    private final Placement decodes;

    DualDispatchRequest(
            Places places, Sender sender, DualDispatch protocol, RequestContext request, int sample, Executor threads) {
        this.sender = sender;
        this.protocol = protocol;
        this.request = request;
        this.sample = sample;
        this.threads = threads;
        this.prefills = new Placement(places, request, Role.PREFILL);
        this.decodes = new Placement(places, request, Role.DECODE);
    }

    PdAnswer answer() {
        while (true) {
            NodeLease decode = decodes.nextForLeg();
            try {
                NodeLease prefill = prefills.nextForLeg();
                Optional<PdAnswer> answer = answer(prefill, decode);
                if (answer.isPresent()) {
                    return answer.get();
                }
            } catch (RuntimeException | Error e) {
                decode.close();
                throw e;
            }
        }
    }

    /** The answer of one pair; empty if another one is to be tried. */
    private Optional<PdAnswer> answer(NodeLease prefill, NodeLease decode) {
        PairedLegs pair = pair(prefill, decode);
        Optional<PdAnswer> answer = pair.begin(prefill, decode, threads);
        if (answer.isEmpty()) {
            settle(pair.failure(), prefill, decode);
        }
        return answer.filter(begun -> !goesElsewhere(begun, pair, prefill, decode));
    }

    /** Whether a node's word that it has no room is not the last one. Takes the answer over if so. */
    private boolean goesElsewhere(PdAnswer answer, PairedLegs pair, NodeLease prefill, NodeLease decode) {
        if (!Placement.isTurnedAway(answer.status())) {
            return false;
        }
        boolean isPrefill = pair.failure().leg() == Role.PREFILL;
        boolean goes = isPrefill
                ? prefills.goesElsewhere(prefill, answer.status())
                : decodes.goesElsewhere(decode, answer.status());
        if (goes) {
            answer.close();
        }
        return goes;
    }

    private PairedLegs pair(NodeLease prefill, NodeLease decode) {
        try {
            PdAttempt attempt = PdAttempt.of(request, prefill.node(), decode.node());
            return new PairedLegs(sender, request, protocol.legs(attempt, sample), protocol.prefillLists(request));
        } catch (RuntimeException | Error e) {
            prefill.close();
            throw e;
        }
    }

    /** Puts down which node failed, or throws if that is the end of the request. */
    private void settle(LegFailure failure, NodeLease prefill, NodeLease decode) {
        if (!(failure.reason() instanceof NodeUnreachableException)
                && !(failure.reason() instanceof BadNodeResponseException)) {
            throw failure.reason();
        }
        if (failure.leg() == Role.PREFILL) {
            prefills.failed(prefill, failure.reason());
        } else {
            decodes.failed(decode, failure.reason());
        }
    }
}
