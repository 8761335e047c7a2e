package io.dlrouter;

import java.io.Closeable;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.util.List;

/**
 * A node's answer, as the node gave it. Holds a connection and a place on the node until it is closed; closing it
 * early ends the work on the node. To be used by one thread at a time, except {@link #close()}.
 */
public interface InferenceResponse extends Closeable {

    /** The HTTP status that the node gave. */
    int status();

    /**
     * The node's headers without those that concern only the connection to it. Each character of a value is one byte
     * (ISO-8859-1).
     */
    HttpHeaders headers();

    /**
     * The body, byte for byte, available as it arrives. A read that fails throws an {@link java.io.IOException} whose
     * cause is the {@link RouterException} that says why.
     */
    InputStream body();

    /** The node that gave this answer. */
    NodeSpec servedBy();

    /**
     * Why each node was chosen that was tried for the request, in order; empty unless the request asked
     * ({@link InferenceRequest#explained()}).
     */
    default List<Decision> decisions() {
        return List.of();
    }

    /** Frees the connection and the place. Closing twice is harmless. */
    @Override
    void close();
}
