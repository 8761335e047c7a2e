package io.dlrouter.core;

import io.dlrouter.core.http.NodeConnector;
import io.dlrouter.simulator.InMemoryNetwork;
import io.dlrouter.spi.RouterClock;

/** Makes routers over engines on an {@link InMemoryNetwork}. */
public final class InMemoryRouter {
    private InMemoryRouter() {}

    /** A builder of routers that reach engines without sockets and take the time from this clock. */
    public static RouterBuilder builder(InMemoryNetwork network, RouterClock clock) {
        return new RouterBuilder().clock(clock).connector(new InMemoryConnector(network));
    }

    /** A builder whose routers connect to nodes by this connector. */
    public static RouterBuilder connectedBy(RouterBuilder builder, NodeConnector connector) {
        return builder.connector(connector);
    }
}
