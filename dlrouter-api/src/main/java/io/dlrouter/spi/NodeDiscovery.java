package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.NodeRegistry;

/** Finds nodes by itself while the router runs. Used once: started, then closed. */
@Experimental
public interface NodeDiscovery extends AutoCloseable {

    /**
     * Begins to announce what is found, on threads of its own, and returns at once. What may pass, such as a port in
     * use, is reported and tried again, and ends nothing.
     *
     * @param nodes to be told by {@link NodeRegistry#announce}
     * @param clock the router's time; the caller's to close, after the discovery
     */
    void start(NodeRegistry nodes, RouterClock clock);

    /** Ends the search and frees its threads and ports; what was found stays registered. Closing twice is harmless. */
    @Override
    void close();
}
