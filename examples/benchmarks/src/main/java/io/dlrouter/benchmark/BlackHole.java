package io.dlrouter.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A port that listens and whose queue is full: who connects hears nothing, as from a machine that is gone. */
final class BlackHole implements AutoCloseable {
    private static final int SOON_MILLIS = 500;

    private final ServerSocket server;
    private final List<Socket> queued = new ArrayList<>();

    BlackHole() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        while (enqueue()) {
            // until the queue takes no more
        }
    }

    private boolean enqueue() throws IOException {
        Socket socket = new Socket();
        queued.add(socket);
        try {
            socket.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), SOON_MILLIS);
            return true;
        } catch (SocketTimeoutException full) {
            return false;
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : queued) {
            socket.close();
        }
        server.close();
    }
}
