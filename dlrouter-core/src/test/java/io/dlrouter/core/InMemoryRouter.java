package io.dlrouter.core;

import io.dlrouter.simulator.InMemoryNetwork;
import io.dlrouter.spi.RouterClock;

/** Makes routers over engines on an {@link InMemoryNetwork}. */
public final class InMemoryRouter {
    private InMemoryRouter() {}

    /** A builder of routers that reach engines without sockets and take the time from this clock. */
    public static RouterBuilder builder(InMemoryNetwork network, RouterClock clock) {
        return new RouterBuilder().clock(clock).connector(new InMemoryConnector(network));
    }
}
