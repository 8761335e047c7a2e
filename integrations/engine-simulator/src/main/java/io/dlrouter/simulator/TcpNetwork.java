package io.dlrouter.simulator;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The network of this machine. */
final class TcpNetwork implements Network {
    static final Network INSTANCE = new TcpNetwork();

    private static final int BACKLOG = 4096;

    private TcpNetwork() {}

    @Override
    public Port hold(HostPort at) throws IOException {
        return new TcpPort(bound(new InetSocketAddress(at.host(), at.port())));
    }

    @Override
    public Socket connect(HostPort at) throws IOException {
        return new Socket(at.host(), at.port());
    }

    private static Socket bound(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.setReuseAddress(true);
        socket.bind(address);
        return socket;
    }

    /** While it does not listen a bound socket keeps the port from others, and who connects is refused. */
    private static final class TcpPort implements Port {
        private final InetSocketAddress address;
        private @Nullable Socket keeper;
        private @Nullable ServerSocket server;
        private CompletableFuture<Void> accepting = CompletableFuture.completedFuture(null);

        TcpPort(Socket keeper) {
            this.keeper = keeper;
            this.address = (InetSocketAddress) keeper.getLocalSocketAddress();
        }

        @Override
        public int number() {
            return address.getPort();
        }

        @Override
        public void listen(Consumer<? super Socket> onConnection) throws IOException {
            release();
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(address, BACKLOG);
            server = socket;
            accepting = CompletableFuture.runAsync(() -> accept(socket, onConnection), EngineThreads.EXECUTOR);
        }

        private static void accept(ServerSocket from, Consumer<? super Socket> onConnection) {
            while (!from.isClosed()) {
                try {
                    onConnection.accept(from.accept());
                } catch (IOException closedOrGone) {
                    // a client that gave up while waiting to be accepted ends nobody else's service
                }
            }
        }

        /** Returns when the system has the port back too, which it has not before the accepting thread let go. */
        @Override
        public void end() throws IOException {
            if (server != null) {
                server.close();
                server = null;
                accepting.join();
            }
        }

        @Override
        public void keep() throws IOException {
            keeper = keeper == null ? bound(address) : keeper;
        }

        @Override
        public void release() throws IOException {
            if (keeper != null) {
                keeper.close();
                keeper = null;
            }
        }
    }
}
