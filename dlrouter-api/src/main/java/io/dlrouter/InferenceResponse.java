package io.dlrouter;

import java.io.Closeable;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.util.List;

/**
 * The response of a node, unchanged. Holds a connection and a lease on the node until it is closed; closing it early
 * ends the work on the node. For use by one thread at a time, except {@link #close()}.
 */
public interface InferenceResponse extends Closeable {

    /** The node's HTTP status. */
    int status();

    /** The node's headers without hop-by-hop headers. Each character of a value is one byte (ISO-8859-1). */
    HttpHeaders headers();

    /**
     * The body, byte for byte, available as it arrives. A failed read throws an {@link java.io.IOException} whose cause
     * is a {@link RouterException} with the reason.
     */
    InputStream body();

    /** The node that sent this response. */
    NodeSpec servedBy();

    /**
     * Explanations of the node selections for the request, in order; empty unless the request was {@linkplain
     * InferenceRequest#explained() explained}.
     */
    default List<Decision> decisions() {
        return List.of();
    }

    /** Releases the connection and the lease. Closing twice is harmless. */
    @Override
    void close();
}
