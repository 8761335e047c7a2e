package io.dlrouter.core;

import io.dlrouter.core.http.NodeConnection;
import io.dlrouter.core.http.NodeConnector;
import io.dlrouter.simulator.InMemoryNetwork;
import io.dlrouter.simulator.InMemorySocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;

/** Connects a router with simulated engines without sockets. A connect is accepted or refused at once. */
final class InMemoryConnector implements NodeConnector {
    private final InMemoryNetwork network;

    InMemoryConnector(InMemoryNetwork network) {
        this.network = network;
    }

    @Override
    public NodeConnection connect(URI engine, Duration limit, Consumer<? super Closeable> onConnecting)
            throws IOException {
        InMemorySocket socket = network.connect(engine.getHost(), engine.getPort());
        onConnecting.accept(socket);
        return new NodeConnection(new Transport(socket), socket.getInputStream(), socket.getOutputStream());
    }

    private record Transport(InMemorySocket socket) implements NodeConnection.Transport {
        @Override
        public boolean isQuiet() {
            return socket.isQuiet();
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
