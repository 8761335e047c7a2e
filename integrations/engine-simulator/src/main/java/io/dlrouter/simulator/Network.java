package io.dlrouter.simulator;

import java.io.IOException;
import java.net.Socket;

/** How engines take connections in and reach one another. Safe for use by any thread. */
interface Network {

    /**
     * Holds a port, any free one for 0, and does not listen yet.
     *
     * @throws IOException when it is taken
     */
    Port hold(HostPort at) throws IOException;

    /**
     * A new connection, which the caller closes.
     *
     * @throws IOException when nobody listens there
     */
    Socket connect(HostPort at) throws IOException;
}
