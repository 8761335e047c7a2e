package io.dlrouter.server.http;

import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * What a client still sends of a request that has been answered. It is read and dropped for a while, because a
 * connection that is closed with bytes unread is reset, and the client may then lose the answer. No thread waits.
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
    public static Callback before(Callback callback, Request request) {
        return Callback.from(() -> drop(request, callback), callback::failed);
    }

    /** Drops it, and then tells the callback that all is done. */
    static void drop(Request request, Callback callback) {
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
