package io.dlrouter.core.pd.twostage;

import io.dlrouter.InferenceResponse;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.pd.EditedResponse;
import io.dlrouter.core.serve.NodeResponse;

/** Decode's response to one attempt. Owns it until it is passed on. */
final class DecodeLeg implements AutoCloseable {
    private final NodeResponse response;
    private final NodeLease lease;
    private final String requestId;
    private final DelayedCancellation cancellation;
    private final KvLeaseLimit limit;

    /**
     * A response whose head has arrived.
     *
     * @param cancellation ends the leg
     * @param limit until its first event
     */
    DecodeLeg(
            NodeResponse response,
            NodeLease lease,
            String requestId,
            DelayedCancellation cancellation,
            KvLeaseLimit limit) {
        this.response = response;
        this.lease = lease;
        this.requestId = requestId;
        this.cancellation = cancellation;
        this.limit = limit;
    }

    int status() {
        return response.status();
    }

    /** The unchanged response. */
    InferenceResponse plain() {
        limit.end();
        cancellation.release();
        return EditedResponse.plain(response, requestId).andThen(cancellation::close);
    }

    /**
     * The edited response, once there is something to pass on; if that proves it, the cache counts as fetched.
     *
     * @throws KvLeaseExpiredException if the KV lease expired before
     * @throws RouterException if it failed before
     */
    InferenceResponse edited(HandoverEdit edit, PrefillResult prompt) {
        EditedResponse edited = begun(edit);
        prompt.report(lease);
        if (edit.provesHandover()) {
            prompt.handedOver();
        }
        cancellation.release();
        return edited.andThen(cancellation::close);
    }

    private EditedResponse begun(HandoverEdit edit) {
        try {
            EditedResponse edited = EditedResponse.edited(response, requestId, edit);
            limit.requireKept();
            return edited;
        } catch (RequestCancelledException e) {
            throw limit.reasonOf(e);
        }
    }

    @Override
    public void close() {
        limit.end();
        response.close();
        cancellation.close();
    }
}
