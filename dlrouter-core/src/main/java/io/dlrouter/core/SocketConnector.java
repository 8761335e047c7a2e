package io.dlrouter.core;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Opens connections over TCP, with TLS for an {@code https} URL. Safe for use by many threads. */
final class SocketConnector implements NodeConnector {
    private final Supplier<SSLSocketFactory> tls;

    /** @param tls is asked for each connection to an {@code https} URL */
    SocketConnector(Supplier<SSLSocketFactory> tls) {
        this.tls = tls;
    }

    @Override
    public NodeConnection connect(URI engine, Duration limit, Consumer<? super Closeable> onConnecting)
            throws IOException {
        SocketChannel channel = tcp(engine, limit, onConnecting);
        try {
            if (isTls(engine)) {
                SSLSocket secured = secure(engine, channel.socket(), limit);
                return new NodeConnection(
                        new TlsTransport(new TcpTransport(channel), secured),
                        secured.getInputStream(),
                        secured.getOutputStream());
            }
            return new NodeConnection(
                    new TcpTransport(channel),
                    channel.socket().getInputStream(),
                    channel.socket().getOutputStream());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isTls(URI engine) {
        return engine.getScheme().toLowerCase(Locale.ROOT).equals("https");
    }

    /** A connection to the first address of the engine's host that accepts one. */
    private static SocketChannel tcp(URI engine, Duration limit, Consumer<? super Closeable> onConnecting)
            throws IOException {
        IOException failure = null;
        for (InetAddress address : InetAddress.getAllByName(host(engine))) {
            try {
                return tcp(new InetSocketAddress(address, port(engine)), limit, onConnecting);
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure == null ? new IOException(host(engine) + " has no address") : failure;
    }

    private static SocketChannel tcp(
            InetSocketAddress address, Duration limit, Consumer<? super Closeable> onConnecting) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            onConnecting.accept(channel);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            channel.socket().connect(address, millis(limit));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static int millis(Duration limit) {
        return (int) Math.min(limit.toMillis(), Integer.MAX_VALUE);
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

    private SSLSocket secure(URI engine, Socket transport, Duration limit) throws IOException {
        SSLSocket secured = (SSLSocket) tls.get().createSocket(transport, host(engine), port(engine), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        transport.setSoTimeout(millis(limit));
        secured.startHandshake();
        transport.setSoTimeout(0);
        return secured;
    }

    /** A TCP connection. */
    private record TcpTransport(SocketChannel channel) implements NodeConnection.Transport {
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

        int available() throws IOException {
            return channel.socket().getInputStream().available();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** A TLS connection. To close it closes TCP, which never waits for a thread that writes. */
    private record TlsTransport(TcpTransport tcp, SSLSocket secured) implements NodeConnection.Transport {
        /** What has come may be no data, such as a session ticket (RFC 8446, 4.6): TLS reads it. */
        @Override
        public boolean isQuiet() {
            try {
                return (tcp.available() == 0 || readsNoData()) && tcp.isQuiet();
            } catch (IOException e) {
                return false;
            }
        }

        private boolean readsNoData() throws IOException {
            secured.setSoTimeout(1);
            try {
                int unused = secured.getInputStream().read();
                return false;
            } catch (SocketTimeoutException e) {
                secured.setSoTimeout(0);
                return true;
            }
        }

        @Override
        public void close() throws IOException {
            tcp.close();
        }
    }
}
