package io.dlrouter.core.observe;

import io.dlrouter.Decision;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import io.dlrouter.core.http.BodyInputStream;
import io.dlrouter.core.http.NodeCall;
import io.dlrouter.spi.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A response whose delivery is recorded, and reported once when it has ended. Owns the response. */
public final class RecordedResponse implements InferenceResponse {
    private final InferenceResponse response;
    private final RequestRecorder recorder;
    private final InputStream body = new Body();
    private final AtomicBoolean reported = new AtomicBoolean();
    private volatile long bytes;
    private volatile long firstByteAt;
    private volatile boolean complete;
    private volatile @Nullable RouterException broken;

    /** The response, recorded if a listener needs it. Takes ownership. */
    public static InferenceResponse of(InferenceResponse response, RequestRecorder recorder) {
        return recorder.isRecorded() ? new RecordedResponse(response, recorder) : response;
    }

    private RecordedResponse(InferenceResponse response, RequestRecorder recorder) {
        this.response = response;
        this.recorder = recorder;
    }

    @Override
    public int status() {
        return response.status();
    }

    @Override
    public HttpHeaders headers() {
        return response.headers();
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public NodeSpec servedBy() {
        return response.servedBy();
    }

    @Override
    public List<Decision> decisions() {
        return recorder.decisions();
    }

    @Override
    public void close() {
        response.close();
        if (reported.compareAndSet(false, true)) {
            report();
        }
    }

    private void report() {
        RouterException reason = broken;
        recorder.delivered(
                new RequestRecorder.Delivered(
                        Optional.of(servedBy()), OptionalInt.of(statusOf(reason)), bytes, firstByteAt),
                reason == null ? outcome() : AttemptResult.cut(reason).outcome(),
                Optional.ofNullable(reason).map(RouterException::code));
    }

    /** Before the first byte an error determines the status. */
    private int statusOf(@Nullable RouterException reason) {
        return reason == null || bytes > 0 ? status() : reason.status();
    }

    private Outcome outcome() {
        return complete || status() >= 400 ? AttemptResult.of(status()).outcome() : Outcome.CANCELLED;
    }

    /** The body, whose bytes are counted. */
    private final class Body extends BodyInputStream {
        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                int count = response.body().read(target, offset, length);
                received(count);
                return count;
            } catch (IOException e) {
                broken = NodeCall.reason(e);
                throw e;
            }
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // read by one thread at a time
        private void received(int count) {
            if (count < 0) {
                complete = true;
                return;
            }
            if (bytes == 0) {
                firstByteAt = recorder.clock().nanoTime();
            }
            bytes += count;
        }

        @Override
        public void close() {
            RecordedResponse.this.close();
        }
    }
}
