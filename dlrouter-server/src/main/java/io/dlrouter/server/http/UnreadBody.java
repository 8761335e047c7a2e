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

    /** A callback that has it dropped before it hands on the word that the answer has been sent. */
    public static Callback drainBefore(Callback callback, Request request) {
        return Callback.from(() -> drain(request, callback), callback::failed);
    }

    /** Drops it, and then tells the callback that all is done. */
    static void drain(Request request, Callback callback) {
        if (request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString())) {
            callback.succeeded(); // the client waits for a word that it may send, and has none
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
