package io.dlrouter.simulator;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The port on which decode engines find a prefill engine, be it in another process. Over a connection for each visit
 * decode says eight bytes, the room, hears one once the prefill leg is there too, and says the same, by which the two
 * have met; who closes before has left.
 */
final class BootstrapServer {
    private static final int HERE = 1;

    private final Map<Long, CompletableFuture<Void>> legs = new ConcurrentHashMap<>();
    private final Map<Long, Socket> knocks = new ConcurrentHashMap<>();
    private final Listener listener;

    /** Holds the port, any free one for 0, and does not listen yet. */
    BootstrapServer(Network network, String host, int port) {
        listener = new Listener(network, host, port);
    }

    int port() {
        return listener.port();
    }

    void start() {
        listener.start(this::receive);
    }

    void stop() {
        listener.stop();
    }

    void restart() {
        listener.restart();
    }

    void close() {
        listener.close();
    }

    /** The prefill leg's visit to a room, done once it has met decode there; to cancel it is to leave. */
    CompletableFuture<Void> come(long room) {
        CompletableFuture<Void> leg = new CompletableFuture<>();
        legs.put(room, leg);
        CompletableFuture<Void> unused = leg.whenComplete((met, left) -> legs.remove(room, leg));
        Optional.ofNullable(knocks.get(room)).ifPresent(BootstrapServer::welcome);
        return leg;
    }

    /** The same of the decode leg, at the prefill engine that listens there; it fails if none does. */
    static CompletableFuture<Void> knock(Network network, HostPort at, long room) {
        CompletableFuture<Void> visit = new CompletableFuture<>();
        EngineThreads.EXECUTOR.execute(() -> stay(network, at, room, visit));
        return visit;
    }

    private static void stay(Network network, HostPort at, long room, CompletableFuture<Void> visit) {
        try (Socket socket = network.connect(at)) {
            CompletableFuture<Void> unused = visit.whenComplete((met, left) -> {
                if (left != null) {
                    hangUp(socket);
                }
            });
            new DataOutputStream(socket.getOutputStream()).writeLong(room);
            if (socket.getInputStream().read() != HERE) {
                throw new EOFException("closed by the prefill engine");
            }
            if (visit.complete(null)) {
                socket.getOutputStream().write(HERE);
                awaitEnd(socket);
            }
        } catch (IOException failure) {
            visit.completeExceptionally(failure);
        }
    }

    private void receive(Socket socket) throws IOException {
        long room = new DataInputStream(socket.getInputStream()).readLong();
        knocks.put(room, socket);
        try {
            if (legs.containsKey(room)) {
                welcome(socket);
            }
            if (socket.getInputStream().read() == HERE) {
                Optional.ofNullable(legs.get(room)).ifPresent(leg -> leg.complete(null));
            }
        } finally {
            knocks.remove(room, socket);
        }
    }

    private static void welcome(Socket socket) {
        try {
            socket.getOutputStream().write(HERE);
        } catch (IOException left) {
            // in the same moment, so prefill waits on
        }
    }

    /** Lets prefill close first, so that decode's port is not taken for a minute after each of many visits. */
    private static void awaitEnd(Socket socket) throws IOException {
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    private static void hangUp(Socket socket) {
        try {
            socket.close();
        } catch (IOException closed) {
            // is what was wanted
        }
    }
}
