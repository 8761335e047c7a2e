package io.dlrouter.okhttp;

import io.dlrouter.InferenceResponse;
import java.io.IOException;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Okio;
import okio.Timeout;

/** The body of a routed response, for OkHttp to read. Owns the response. */
final class RoutedBody extends ForwardingSource {
    private final InferenceResponse response;
    private final CallBounds bounds;

    /** @param bounds end a read that exceeds them */
    RoutedBody(InferenceResponse response, CallBounds bounds) {
        super(Okio.source(response.body()));
        this.response = response;
        this.bounds = bounds;
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        bounds.enter();
        try {
            return super.read(sink, byteCount);
        } catch (IOException e) {
            throw bounds.reason(e);
        } finally {
            boolean unused = bounds.exit();
        }
    }

    @Override
    public Timeout timeout() {
        return bounds;
    }

    @Override
    public void close() {
        response.close();
    }
}
