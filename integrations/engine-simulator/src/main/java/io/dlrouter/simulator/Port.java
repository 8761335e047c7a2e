package io.dlrouter.simulator;

import java.io.IOException;
import java.net.Socket;
import java.util.function.Consumer;

/** A port that was taken from a {@link Network}. Its calls come one at a time. */
interface Port {

    int number();

    /**
     * Accepts connections.
     *
     * @param onConnection receives each connection and owns it; does not block
     */
    void listen(Consumer<? super Socket> onConnection) throws IOException;

    /** Accepts no more. A connection that came just before may still be passed on. */
    void end() throws IOException;

    /** Keeps the port from others while it does not listen. */
    void keep() throws IOException;

    /** Gives the port back. */
    void release() throws IOException;
}
