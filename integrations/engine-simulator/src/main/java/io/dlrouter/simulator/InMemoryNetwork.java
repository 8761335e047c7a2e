package io.dlrouter.simulator;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A network within this process, for tests that need engines but no sockets: {@link SimulatedEngineBuilder#network}
 * puts an engine on it. Connections are refused, closed and reset as over TCP. Registration at a gateway and heartbeats
 * stay on the network of the machine. Safe for use by any thread.
 */
public final class InMemoryNetwork {
    private static final int FIRST_PORT = 20_000;

    private final Map<HostPort, MemoryPort> ports = new ConcurrentHashMap<>();
    private final AtomicInteger nextPort = new AtomicInteger(FIRST_PORT);

    /** A network without engines. */
    public InMemoryNetwork() {}

    /**
     * Opens a connection, which the caller closes.
     *
     * @throws ConnectException when no engine listens there
     */
    public InMemorySocket connect(String host, int port) throws IOException {
        MemoryPort listener = ports.get(new HostPort(host, port));
        Consumer<? super Socket> onConnection = listener == null ? null : listener.onConnection;
        if (onConnection == null) {
            throw new ConnectException("Connection refused");
        }
        Pipe there = new Pipe();
        Pipe back = new Pipe();
        onConnection.accept(new InMemorySocket(there, back));
        return new InMemorySocket(back, there);
    }

    /** The same, as engines see it. */
    Network network() {
        return new Network() {
            @Override
            public Port hold(HostPort at) throws IOException {
                return held(at.port() == 0 ? new HostPort(at.host(), nextPort.getAndIncrement()) : at);
            }

            @Override
            public Socket connect(HostPort at) throws IOException {
                return InMemoryNetwork.this.connect(at.host(), at.port());
            }
        };
    }

    private Port held(HostPort at) throws IOException {
        MemoryPort port = new MemoryPort(at);
        if (ports.putIfAbsent(at, port) != null) {
            throw new BindException("Address already in use");
        }
        return port;
    }

    /** A port of this network, which is held while it is in its map. */
    private final class MemoryPort implements Port {
        private final HostPort at;
        private volatile @Nullable Consumer<? super Socket> onConnection;

        MemoryPort(HostPort at) {
            this.at = at;
        }

        @Override
        public int number() {
            return at.port();
        }

        @Override
        public void listen(Consumer<? super Socket> receiver) {
            onConnection = receiver;
        }

        @Override
        public void end() {
            onConnection = null;
        }

        @Override
        public void keep() {
            // It is held until it is released.
        }

        @Override
        public void release() {
            ports.remove(at, this);
        }
    }
}
