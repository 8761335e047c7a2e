package io.dlrouter.okhttp;

import io.dlrouter.Cancellation;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Interceptor.Chain;
import okio.AsyncTimeout;
import okio.Timeout;

/**
 * Ends a routed call before its response does: on cancellation, the client's timeouts and the call's deadline. Entered
 * for each wait, by one thread at a time.
 */
final class CallBounds extends AsyncTimeout {
    private final Cancellation cancellation = new Cancellation();
    private final Call call;
    private volatile boolean expired;

    private CallBounds(Call call) {
        this.call = call;
    }

    static CallBounds of(Chain chain) {
        CallBounds bounds = new CallBounds(chain.call());
        bounds.timeout(chain.readTimeoutMillis(), TimeUnit.MILLISECONDS);
        bounds.endWith(chain.call().timeout());
        bounds.listen();
        return bounds;
    }

    /**
     * OkHttp cancels a call at its timeout, but without a connection of OkHttp's only until the response has begun. It
     * does not report when the call began, so for the body the call timeout starts here.
     */
    private void endWith(Timeout whole) {
        long now = System.nanoTime();
        long left = whole.timeoutNanos() > 0 ? whole.timeoutNanos() : Long.MAX_VALUE;
        if (whole.hasDeadline()) {
            left = Math.min(left, whole.deadlineNanoTime() - now);
        }
        if (left < Long.MAX_VALUE) {
            deadlineNanoTime(now + left);
        }
    }

    private void listen() {
        call.addEventListener(new EventListener() {
            @Override
            public void canceled(Call canceled) {
                cancellation.cancel();
            }
        });
        if (call.isCanceled()) {
            cancellation.cancel();
        }
    }

    /** Cancelled when the call is, or a wait exceeds a timeout. */
    Cancellation cancellation() {
        return cancellation;
    }

    @Override
    protected void timedOut() {
        expired = true;
        cancellation.cancel();
    }

    /**
     * The exception for a wait that was ended, as OkHttp throws it; the failure itself if these bounds did not end it.
     */
    IOException reason(Exception failure) {
        if (expired) {
            return caused(new SocketTimeoutException("timeout"), failure);
        }
        if (call.isCanceled()) {
            return new IOException("Canceled", failure);
        }
        return failure instanceof IOException broken
                ? broken
                : caused(new InterruptedIOException("interrupted"), failure);
    }

    private static IOException caused(IOException reason, Exception cause) {
        reason.initCause(cause);
        return reason;
    }
}
