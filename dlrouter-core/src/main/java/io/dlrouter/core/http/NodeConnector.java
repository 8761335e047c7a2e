package io.dlrouter.core.http;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;

/** Opens connections to nodes. Safe for use by many threads. */
public interface NodeConnector {
    /**
     * Opens a connection, which the caller closes.
     *
     * @param engine scheme, host and port of the node
     * @param limit for the connect to each address of the host
     * @param onConnecting receives the connecting channel before the wait; closing it ends the wait with an {@link
     *     IOException}, and closes an established connection
     * @throws IOException if the node accepts no connection
     */
    NodeConnection connect(URI engine, Duration limit, Consumer<? super Closeable> onConnecting) throws IOException;
}
