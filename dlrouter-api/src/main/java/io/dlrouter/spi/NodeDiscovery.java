package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.NodeRegistry;

/** Finds nodes while the router runs. Started once, then closed. */
@Experimental
public interface NodeDiscovery extends AutoCloseable {

    /**
     * Starts on its own threads and returns at once. Temporary failures, such as a port in use, are logged and retried.
     *
     * @param nodes receives nodes by {@link NodeRegistry#announce}
     * @param clock the router's time; closed by the caller after the discovery
     */
    void start(NodeRegistry nodes, RouterClock clock);

    /** Ends the discovery and releases its threads and ports; nodes stay registered. Closing twice is harmless. */
    @Override
    void close();
}
