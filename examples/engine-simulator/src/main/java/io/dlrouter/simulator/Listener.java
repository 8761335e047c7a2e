package io.dlrouter.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A port that can stop listening and listen again. While it does not listen a bound socket keeps the port from others,
 * and who connects is refused.
 */
final class Listener {
    private static final int BACKLOG = 4096;

    /** Takes over each connection until it ends. */
    interface Service {
        void serve(Socket socket) throws IOException;
    }

    private interface Change {
        void make() throws IOException;
    }

    private final String host;
    private final InetSocketAddress address;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Service service = Socket::close;
    private volatile @Nullable ServerSocket server;
    private CompletableFuture<Void> accepting = CompletableFuture.completedFuture(null);
    private @Nullable Socket keeper;

    /** Holds the port, any free one for 0, and does not listen yet. */
    Listener(String host, int port) {
        this.host = host;
        try {
            keeper = bound(new InetSocketAddress(host, port));
        } catch (IOException taken) {
            throw new UncheckedIOException(host + ":" + port + ": " + taken.getMessage(), taken);
        }
        address = (InetSocketAddress) keeper.getLocalSocketAddress();
    }

    /** The host as it was given. */
    String host() {
        return host;
    }

    int port() {
        return address.getPort();
    }

    int connections() {
        return open.size();
    }

    boolean listening() {
        return server != null;
    }

    /** Listens for the first time. */
    void start(Service first) {
        service = first;
        restart();
    }

    /** Listens again after a {@link #stop}; does nothing while it listens. */
    void restart() {
        change(() -> {
            if (server == null) {
                release();
                listen();
            }
        });
    }

    /** Refuses new connections and ends the open ones. */
    void stop() {
        change(() -> {
            end();
            keeper = keeper == null ? bound(address) : keeper;
        });
    }

    /** Stops for good and gives the port back. */
    void close() {
        change(() -> {
            end();
            release();
        });
    }

    private void change(Change change) {
        lock.lock();
        try {
            change.make();
        } catch (IOException failure) {
            throw new UncheckedIOException(address + ": " + failure.getMessage(), failure);
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the system has the port back too, which it has not before the accepting thread let go. */
    private void end() throws IOException {
        if (server != null) {
            server.close();
            server = null;
            accepting.join();
        }
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void release() throws IOException {
        if (keeper != null) {
            keeper.close();
            keeper = null;
        }
    }

    private void listen() throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(address, BACKLOG);
        server = socket;
        accepting = CompletableFuture.runAsync(() -> accept(socket), EngineThreads.EXECUTOR);
    }

    private void accept(ServerSocket from) {
        while (!from.isClosed()) {
            try {
                Socket socket = from.accept();
                EngineThreads.EXECUTOR.execute(() -> serve(socket, from));
            } catch (IOException closedOrGone) {
                // a client that gave up while waiting to be accepted ends nobody else's service
            }
        }
    }

    private void serve(Socket socket, ServerSocket from) {
        open.add(socket);
        try (socket) {
            if (!from.isClosed()) {
                service.serve(socket);
            }
        } catch (IOException ended) {
            // however a connection ends, the next one is served
        } finally {
            open.remove(socket);
        }
    }

    private static Socket bound(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.setReuseAddress(true);
        socket.bind(address);
        return socket;
    }
}
