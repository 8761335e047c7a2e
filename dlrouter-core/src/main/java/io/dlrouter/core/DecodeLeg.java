package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;

/** Decode's answer to one attempt. Owns it until it is passed on. */
final class DecodeLeg implements AutoCloseable {
    private final NodeResponse answer;
    private final NodeLease place;
    private final String requestId;
    private final HeldCancellation cancellation;
    private final KvLeaseLimit limit;

    /**
     * An answer whose head is in.
     *
     * @param cancellation what ends the leg
     * @param limit until its first event
     */
    DecodeLeg(
            NodeResponse answer, NodeLease place, String requestId, HeldCancellation cancellation, KvLeaseLimit limit) {
        this.answer = answer;
        this.place = place;
        this.requestId = requestId;
        this.cancellation = cancellation;
        this.limit = limit;
    }

    int status() {
        return answer.status();
    }

    /** The answer as it is. */
    InferenceResponse plain() {
        limit.end();
        cancellation.release();
        return PdAnswer.plain(answer, requestId).andThen(cancellation::close);
    }

    /**
     * The answer as the client is to see it, once there is something to pass on; if that proves it, the cache has been
     * taken over.
     *
     * @throws KvLeaseExpiredException if the KV lease ended before
     * @throws RouterException if it broke off before
     */
    InferenceResponse edited(HandoverEdit edit, PrefilledPrompt prompt) {
        PdAnswer edited = begun(edit);
        prompt.report(place);
        if (edit.provesTakeover()) {
            prompt.adopted();
        }
        cancellation.release();
        return edited.andThen(cancellation::close);
    }

    private PdAnswer begun(HandoverEdit edit) {
        try {
            PdAnswer edited = PdAnswer.edited(answer, requestId, edit);
            limit.requireKept();
            return edited;
        } catch (RequestCancelledException e) {
            throw limit.reasonOf(e);
        }
    }

    @Override
    public void close() {
        limit.end();
        answer.close();
        cancellation.close();
    }
}
