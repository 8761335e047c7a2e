package io.dlrouter.core.pd.dual;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.fleet.NodeSelection;
import io.dlrouter.core.pd.EditedResponse;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.serve.Sender;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.PdAttempt;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * A request, or a sample of it, with concurrent prefill and decode. A pair that fails before decode's first byte is
 * replaced by another pair with a new room. Used by one thread.
 */
public final class DualDispatchCall {
    private final Sender sender;
    private final DualDispatch protocol;
    private final RequestContext request;
    private final int sample;
    private final Executor threads;
    private final NodeSelection prefills;
    private final NodeSelection decodes;

    public DualDispatchCall(
            Fleet fleet, Sender sender, DualDispatch protocol, RequestContext request, int sample, Executor threads) {
        this.sender = sender;
        this.protocol = protocol;
        this.request = request;
        this.sample = sample;
        this.threads = threads;
        this.prefills = new NodeSelection(fleet, request, Role.PREFILL);
        this.decodes = new NodeSelection(fleet, request, Role.DECODE);
    }

    public EditedResponse response() {
        while (true) {
            NodeLease decode = decodes.nextForLeg();
            try {
                NodeLease prefill = prefills.nextForLeg();
                Optional<EditedResponse> response = response(prefill, decode);
                if (response.isPresent()) {
                    return response.get();
                }
            } catch (RuntimeException | Error e) {
                decode.close();
                throw e;
            }
        }
    }

    /** The response of one pair; empty if another pair is to be tried. */
    private Optional<EditedResponse> response(NodeLease prefill, NodeLease decode) {
        DualDispatchAttempt pair = pair(prefill, decode);
        Optional<EditedResponse> response = pair.begin(prefill, decode, threads);
        if (response.isEmpty()) {
            settle(pair.failure(), prefill, decode);
        }
        return response.filter(begun -> !retriesElsewhere(begun, pair, prefill, decode));
    }

    /** Whether a node's back-pressure is retried elsewhere. Takes ownership of the response if so. */
    private boolean retriesElsewhere(
            EditedResponse response, DualDispatchAttempt pair, NodeLease prefill, NodeLease decode) {
        if (!NodeSelection.isRejected(response.status())) {
            return false;
        }
        boolean isPrefill = pair.failure().leg() == Role.PREFILL;
        boolean goes = isPrefill
                ? prefills.retriesElsewhere(prefill, response.status())
                : decodes.retriesElsewhere(decode, response.status());
        if (goes) {
            response.close();
        }
        return goes;
    }

    private DualDispatchAttempt pair(NodeLease prefill, NodeLease decode) {
        try {
            PdAttempt attempt = PdAttempt.of(request, prefill.node(), decode.node());
            return new DualDispatchAttempt(
                    sender, request, protocol.legs(attempt, sample), protocol.prefillLists(request));
        } catch (RuntimeException | Error e) {
            prefill.close();
            throw e;
        }
    }

    /** Records the failed node, or throws if the request has failed. */
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
