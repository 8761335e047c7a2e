package io.dlrouter.server.http;

import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * The part of a request body that is still unread when the response is sent. It is read and dropped for up to 5 s,
 * because a connection that is closed with unread bytes is reset, and the client may then lose the response. No
 * thread waits.
 */
public final class UnreadBody implements Runnable {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final Request request;
    private final Callback callback;
    private final long start = System.nanoTime();

    private UnreadBody(Request request, Callback callback) {
        this.request = request;
        this.callback = callback;
    }

    /** A callback that drains the body once the response is sent, and then completes the given one. */
    public static Callback drainBefore(Callback callback, Request request) {
        return Callback.from(() -> drain(request, callback), callback::failed);
    }

    /** Drains the body, and then completes the callback. */
    static void drain(Request request, Callback callback) {
        if (request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString())) {
            callback.succeeded(); // the client waits for 100 Continue, which was not sent
        } else {
            new UnreadBody(request, callback).run();
        }
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            chunk.release();
            if (chunk.isLast() || Content.Chunk.isFailure(chunk) || isOver()) {
                callback.succeeded();
                return;
            }
        }
    }

    private boolean isOver() {
        return System.nanoTime() - start > LIMIT.toNanos();
    }
}
