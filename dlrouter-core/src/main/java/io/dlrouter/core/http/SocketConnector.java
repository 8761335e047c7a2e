package io.dlrouter.core.http;

import io.dlrouter.spi.RouterClock;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections over TCP, with TLS for an {@code https} URL, to any address of a host. If none accepts, the name is
 * resolved again, and new addresses are tried. Safe for use by many threads.
 */
public final class SocketConnector implements NodeConnector {
    private final HostAddresses hosts;
    private final Supplier<SSLSocketFactory> tls;

    /**
     * Over TCP, with the resolver of the system.
     *
     * @param tls provides the factory for each connection to an {@code https} URL
     */
    public static NodeConnector sockets(RouterClock clock, Supplier<SSLSocketFactory> tls) {
        return new SocketConnector(new HostAddresses(HostResolver.SYSTEM, clock), tls);
    }

    /** The same, with the JVM's TLS. */
    public static NodeConnector sockets(RouterClock clock) {
        return sockets(clock, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    /** @param tls provides the factory for each connection to an {@code https} URL */
    SocketConnector(HostAddresses hosts, Supplier<SSLSocketFactory> tls) {
        this.hosts = hosts;
        this.tls = tls;
    }

    @Override
    public NodeConnection connect(URI engine, Duration limit, Consumer<? super Closeable> onConnecting)
            throws IOException {
        Attempt attempt = new Attempt(limit);
        onConnecting.accept(attempt);
        SocketChannel channel = tcp(engine, attempt);
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

    private SocketChannel tcp(URI engine, Attempt attempt) throws IOException {
        String host = host(engine);
        List<InetAddress> kept = hosts.of(host);
        try {
            return tcp(engine, kept, attempt);
        } catch (IOException e) {
            List<InetAddress> others = attempt.isEnded() ? List.of() : hosts.besides(kept, host);
            if (others.isEmpty()) {
                throw e;
            }
            return tcp(engine, others, attempt);
        }
    }

    /** A connection to the first of these addresses that accepts one. */
    private SocketChannel tcp(URI engine, List<InetAddress> addresses, Attempt attempt) throws IOException {
        IOException failure = null;
        for (InetAddress address : addresses) {
            try {
                SocketChannel channel = attempt.connect(new InetSocketAddress(address, port(engine)));
                hosts.accepted(host(engine), address, addresses);
                return channel;
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure == null ? new UnknownHostException(host(engine) + ": no address") : failure;
    }

    /** A connect in progress. Closing it ends the connect, or closes an established connection. */
    private static final class Attempt implements Closeable {
        private final Duration limit;
        private volatile boolean ended;
        private volatile @Nullable SocketChannel channel;

        /** @param limit for each address */
        Attempt(Duration limit) {
            this.limit = limit;
        }

        SocketChannel connect(InetSocketAddress address) throws IOException {
            SocketChannel connecting = SocketChannel.open();
            channel = connecting;
            try {
                if (isEnded()) {
                    throw new ClosedChannelException();
                }
                connecting.setOption(StandardSocketOptions.TCP_NODELAY, true);
                connecting.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                connecting.socket().connect(address, millis(limit));
                return connecting;
            } catch (IOException e) {
                connecting.close();
                throw e;
            }
        }

        /** Whether the connect was ended. */
        boolean isEnded() {
            return ended || Thread.currentThread().isInterrupted();
        }

        @Override
        public void close() throws IOException {
            ended = true;
            SocketChannel open = channel;
            if (open != null) {
                open.close();
            }
        }
    }

    private static int millis(Duration limit) {
        return (int) Math.min(limit.toMillis(), Integer.MAX_VALUE);
    }

    /** A literal IPv6 address is in brackets in a URL. */
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
        try {
            secured.startHandshake();
        } catch (SocketTimeoutException e) {
            throw new IOException("no TLS handshake within " + CallDeadline.seconds(limit), e);
        }
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

    /** A TLS connection. Closing it closes TCP, which never waits for a writing thread. */
    private record TlsTransport(TcpTransport tcp, SSLSocket secured) implements NodeConnection.Transport {
        /** The bytes may be no data, such as a session ticket (RFC 8446, 4.6); TLS reads them. */
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
