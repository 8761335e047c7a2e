package io.dlrouter.core.http;

import io.dlrouter.spi.NodeClient.Response;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call to an engine beside client requests, on its own connection. Used by one thread, except {@link #end}, which any
 * thread may call.
 */
public final class ProbeCall {
    private static final int MAX_BYTES = 4 << 20;

    private final NodeConnector connector;
    private final URI engine;
    private final Duration limit;
    private volatile @Nullable Closeable connecting;
    private volatile boolean ended;

    /**
     * A call that has not been sent.
     *
     * @param limit of the whole call, enforced by the caller of {@link #end}
     */
    public ProbeCall(NodeConnector connector, URI engine, Duration limit) {
        this.connector = connector;
        this.engine = engine;
        this.limit = limit;
    }

    /**
     * Sends a request and reads the response.
     *
     * @throws SocketTimeoutException if the call was ended before
     * @throws IOException if there is no response
     */
    public Response response(byte[] head, byte[] body) throws IOException {
        try (NodeConnection connection = connector.connect(engine, limit, this::connecting)) {
            Upload unused = connection.send(head, body, Runnable::run);
            ResponseHead response = ResponseHead.read(connection.input());
            byte[] text = ResponseBody.of(response, connection.input()).readNBytes(MAX_BYTES);
            return new Response(response.status(), new String(text, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw ended ? tooLate(e) : e;
        }
    }

    private SocketTimeoutException tooLate(IOException e) {
        SocketTimeoutException timeout = new SocketTimeoutException("no answer within " + CallDeadline.seconds(limit));
        timeout.initCause(e);
        return timeout;
    }

    private void connecting(Closeable tried) {
        connecting = tried;
        if (ended) {
            end();
        }
    }

    /** Ends the call at once in any state. */
    public void end() {
        ended = true;
        Closeable open = connecting;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // There is nothing left to close.
            }
        }
    }
}
