package io.dlrouter.simulator;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The decode side of NIXL: pulls the blocks that the request's parameters name, or computes the prompt itself. */
final class NixlDecode implements Stage {
    private static final String MEMBER = "kv_transfer_params";

    private final EngineState engine;
    private final PdOptions options;

    NixlDecode(EngineState engine) {
        this.engine = engine;
        this.options = engine.options().pd();
    }

    @Override
    public Admission admit(CompletionRequest asked) {
        Admission admission = RawJson.member(asked.request(), MEMBER)
                .map(params -> pulled(asked, params.text()))
                .orElseGet(this::computed);
        return options.returnsParams() ? admission.returning(ownParams()) : admission;
    }

    private Admission computed() {
        engine.kv().prefilledLocally();
        return Admission.cached(0, options);
    }

    private Admission pulled(CompletionRequest asked, String params) {
        KvPull outcome = pull(sourceIn(asked.body().any(MEMBER)), params, asked.requestId());
        return switch (outcome) {
            case DONE -> Admission.cached(asked.promptTokens(), options);
            case SPENT, EXPIRED -> throw new TransferFailedException("KV load failure: " + outcome);
            case UNKNOWN ->
                throw engine.violation(400, MEMBER + ": " + params + " (expected: each byte as prefill answered it)");
            case OTHER_REQUEST ->
                throw engine.violation(
                        400, "header x-request-id: " + asked.requestId() + " (expected: the id that prefill got)");
        };
    }

    private KvPull pull(KvSource source, String params, String requestId) {
        try {
            return source.pull(engine.listener().network(), params, requestId);
        } catch (IOException unreachable) {
            throw new TransferFailedException("KV load failure: " + unreachable);
        }
    }

    private KvSource sourceIn(@Nullable Object params) {
        return KvSource.in(params)
                .orElseThrow(
                        () -> engine.violation(
                                400,
                                MEMBER + ": " + params
                                        + " (expected: do_remote_prefill true, remote_host and remote_port at a decode engine)"));
    }

    /** What the next turn's prefill could start from; addresses that no client may see. */
    private RawJson ownParams() {
        return new RawJson("{\"do_remote_prefill\":true,\"do_remote_decode\":false,\"remote_block_ids\":[[7]],"
                + "\"remote_host\":" + Json.text(engine.listener().host())
                + ",\"remote_port\":" + engine.listener().port() + "}");
    }
}
