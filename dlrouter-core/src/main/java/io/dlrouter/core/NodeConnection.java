package io.dlrouter.core;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** One HTTP/1.1 connection to an engine. Used by one thread at a time, except {@link #close()}, which any may call. */
final class NodeConnection implements AutoCloseable {
    /** A head and a body up to this size go out in one write. */
    private static final int JOINED = 64 * 1024;

    /** Below TLS, if there is any: to close it never waits for a thread that writes. */
    private final Transport transport;

    private final OutputStream output;
    private final SocketInput input;

    NodeConnection(Transport transport, InputStream input, OutputStream output) {
        this.transport = transport;
        this.output = output;
        this.input = new SocketInput(input);
    }

    /** What carries the bytes. Used as the connection is. */
    interface Transport extends Closeable {
        /** As {@link NodeConnection#isQuiet()}. */
        boolean isQuiet();
    }

    /**
     * Connects to the first address of the engine's host that accepts.
     *
     * @param limit for each address
     * @param onTrying is given each channel before it connects, so that to close it ends the waiting
     * @throws IOException if none does
     */
    static NodeConnection open(URI engine, Duration limit, Consumer<? super Closeable> onTrying) throws IOException {
        SocketChannel transport = connect(engine, limit, onTrying);
        try {
            Socket socket = transport.socket();
            Socket secured = isTls(engine) ? secure(engine, socket, limit) : socket;
            return new NodeConnection(
                    new SocketTransport(transport), secured.getInputStream(), secured.getOutputStream());
        } catch (IOException e) {
            transport.close();
            throw e;
        }
    }

    private static boolean isTls(URI engine) {
        return engine.getScheme().toLowerCase(Locale.ROOT).equals("https");
    }

    private static SocketChannel connect(URI engine, Duration limit, Consumer<? super Closeable> onTrying)
            throws IOException {
        IOException failure = null;
        for (InetAddress address : InetAddress.getAllByName(host(engine))) {
            try {
                return connect(new InetSocketAddress(address, port(engine)), limit, onTrying);
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure == null ? new IOException(host(engine) + " has no address") : failure;
    }

    private static SocketChannel connect(
            InetSocketAddress address, Duration limit, Consumer<? super Closeable> onTrying) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            onTrying.accept(channel);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            channel.socket().connect(address, (int) Math.min(limit.toMillis(), Integer.MAX_VALUE));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** A literal IPv6 address stands in brackets in a URL. */
    private static String host(URI engine) {
        String host = engine.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static int port(URI engine) {
        int standard = isTls(engine) ? 443 : 80;
        return engine.getPort() < 0 ? standard : engine.getPort();
    }

    private static Socket secure(URI engine, Socket transport, Duration limit) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        SSLSocket secured = (SSLSocket) factory.createSocket(transport, host(engine), port(engine), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        transport.setSoTimeout((int) Math.min(limit.toMillis(), Integer.MAX_VALUE));
        secured.startHandshake();
        transport.setSoTimeout(0);
        return secured;
    }

    SocketInput input() {
        return input;
    }

    void send(byte[] head, byte[] body) throws IOException {
        if (head.length + body.length <= JOINED) {
            byte[] joined = new byte[head.length + body.length];
            System.arraycopy(head, 0, joined, 0, head.length);
            System.arraycopy(body, 0, joined, head.length, body.length);
            output.write(joined);
        } else {
            output.write(head);
            output.write(body);
        }
        output.flush();
    }

    /** Whether the engine has left the connection open, and sent nothing on it that nobody asked for. Never waits. */
    boolean isQuiet() {
        return transport.isQuiet();
    }

    @Override
    public void close() {
        try {
            transport.close();
        } catch (IOException e) {
            // There is nothing left to close.
        }
    }

    /** A TCP connection. */
    private record SocketTransport(SocketChannel channel) implements Transport {
        @Override
        public boolean isQuiet() {
            try {
                channel.configureBlocking(false);
                boolean quiet = channel.read(ByteBuffer.allocate(1)) == 0;
                channel.configureBlocking(true);
                return quiet;
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
