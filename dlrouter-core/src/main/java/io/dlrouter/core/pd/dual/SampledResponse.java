package io.dlrouter.core.pd.dual;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import io.dlrouter.core.http.HeaderRules;
import io.dlrouter.core.http.NodeCall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** The merged response to the samples of a request. Owns their responses. */
final class SampledResponse implements InferenceResponse {
    private final InferenceResponse first;
    private final InputStream body;
    private final Runnable onClose;

    private SampledResponse(InferenceResponse first, InputStream body, Runnable onClose) {
        this.first = first;
        this.body = body;
        this.onClose = onClose;
    }

    /**
     * Merges responses: streams as they arrive, plain responses once all are read.
     *
     * @param onClose closes the responses
     * @throws RouterException if a response failed; all are then closed
     */
    static SampledResponse of(List<InferenceResponse> responses, Runnable onClose, Executor threads) {
        try {
            InputStream body = HeaderRules.isEventStream(responses.get(0).headers())
                    ? SampledEvents.of(
                            responses.stream().map(InferenceResponse::body).toList(), threads)
                    : new ByteArrayInputStream(new SampleMerge(responses.size()).whole(readAll(responses)));
            return new SampledResponse(responses.get(0), body, onClose);
        } catch (RuntimeException | Error e) {
            onClose.run();
            throw e;
        }
    }

    private static List<byte[]> readAll(List<InferenceResponse> responses) {
        List<byte[]> bodies = new ArrayList<>();
        for (InferenceResponse response : responses) {
            try {
                bodies.add(response.body().readAllBytes());
            } catch (IOException e) {
                throw NodeCall.reason(e);
            }
        }
        return bodies;
    }

    @Override
    public int status() {
        return first.status();
    }

    /** Without a length. */
    @Override
    public HttpHeaders headers() {
        return HttpHeaders.of(first.headers().map(), (name, value) -> !name.equalsIgnoreCase("content-length"));
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public NodeSpec servedBy() {
        return first.servedBy();
    }

    @Override
    public void close() {
        try (body) {
            onClose.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
