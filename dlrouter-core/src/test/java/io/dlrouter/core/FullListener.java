package io.dlrouter.core;

import io.dlrouter.NodeSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A port whose queue of connections is full and which accepts none, so that a connect to it takes for ever. */
final class FullListener implements AutoCloseable {
    private static final int MORE_THAN_THE_QUEUE_HOLDS = 8;

    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final List<SocketChannel> queued = new ArrayList<>();

    FullListener() throws IOException {
        SocketAddress address = new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
        for (int i = 0; i < MORE_THAN_THE_QUEUE_HOLDS; i++) {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.connect(address);
            queued.add(channel);
        }
    }

    NodeSpec node() {
        return NodeSpec.of(PlainBackend.NAME, "http://127.0.0.1:" + listener.getLocalPort())
                .withModels(FakeEngine.MODEL);
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : queued) {
            channel.close();
        }
        listener.close();
    }
}
