package io.dlrouter.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A port that can stop listening and listen again. While it does not listen who connects is refused. */
final class Listener {
    /** Takes over each connection until it ends. */
    interface Service {
        void serve(Socket socket) throws IOException;
    }

    private interface Change {
        void make() throws IOException;
    }

    private final Network network;
    private final String host;
    private final Port port;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Service service = Socket::close;
    private volatile @Nullable Life life;

    /** From one start to the next stop. */
    private static final class Life {
        private volatile boolean over;
    }

    /** Holds the port, any free one for 0, and does not listen yet. */
    Listener(Network network, String host, int port) {
        this.network = network;
        this.host = host;
        try {
            this.port = network.hold(new HostPort(host, port));
        } catch (IOException taken) {
            throw new UncheckedIOException(host + ":" + port + ": " + taken.getMessage(), taken);
        }
    }

    /** Where it listens, and where its engine reaches others. */
    Network network() {
        return network;
    }

    /** The host as it was given. */
    String host() {
        return host;
    }

    int port() {
        return port.number();
    }

    int connections() {
        return open.size();
    }

    boolean listening() {
        return life != null;
    }

    /** Listens for the first time. */
    void start(Service first) {
        service = first;
        restart();
    }

    /** Listens again after a {@link #stop}; does nothing while it listens. */
    void restart() {
        change(() -> {
            if (life == null) {
                Life next = new Life();
                port.listen(socket -> EngineThreads.EXECUTOR.execute(() -> serve(socket, next)));
                life = next;
            }
        });
    }

    /** Refuses new connections and ends the open ones. */
    void stop() {
        change(() -> {
            end();
            port.keep();
        });
    }

    /** Stops for good and gives the port back. */
    void close() {
        change(() -> {
            end();
            port.release();
        });
    }

    private void change(Change change) {
        lock.lock();
        try {
            change.make();
        } catch (IOException failure) {
            throw new UncheckedIOException(host + ":" + port() + ": " + failure.getMessage(), failure);
        } finally {
            lock.unlock();
        }
    }

    private void end() throws IOException {
        if (life != null) {
            life.over = true;
            life = null;
            port.end();
        }
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void serve(Socket socket, Life accepted) {
        open.add(socket);
        try (socket) {
            if (!accepted.over) {
                service.serve(socket);
            }
        } catch (IOException ended) {
            // however a connection ends, the next one is served
        } finally {
            open.remove(socket);
        }
    }
}
