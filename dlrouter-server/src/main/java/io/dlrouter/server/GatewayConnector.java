package io.dlrouter.server;

import io.dlrouter.server.http.ServerSettings;
import io.dlrouter.server.inference.ClientConnectionFactory;
import java.io.IOException;
import java.security.KeyStore;
import java.util.concurrent.Future;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** The Jetty connector of the gateway's port, and its HTTP configuration. */
final class GatewayConnector {
    private static final int KEEP_ALIVE_MILLIS = 75_000;
    private static final int HEADER_BYTES = 64 * 1024;
    private static final int BACKLOG = 1024;
    /**
     * An engine with {@code http://router/} as its proxy requests {@code //nodes/add}, and clients encode the slash in the
     * name of a model ({@link ModelCardHandler}). Other ambiguous paths are rejected.
     */
    private static final UriCompliance URIS = UriCompliance.DEFAULT.with(
            "SLASHES",
            UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT,
            UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR);

    private GatewayConnector() {}

    static void configure(HttpConfiguration http) {
        http.setUriCompliance(URIS);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setMaxResponseHeaderSize(HEADER_BYTES);
        http.setSendDateHeader(false);
        http.setSendServerVersion(false);
    }

    /**
     * A connector that is bound already, so that a port in use is known before anything starts.
     *
     * @throws IOException if the port cannot be bound
     */
    static ServerConnector bind(Server server, HttpConfiguration http, ServerSettings settings) throws IOException {
        ServerConnector connector = settings.tls()
                .map(keys -> tls(server, http, settings.workers(), keys))
                .orElseGet(() -> new ServerConnector(server, 1, settings.workers(), new ClientConnectionFactory(http)));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(KEEP_ALIVE_MILLIS);
        connector.setAcceptQueueSize(BACKLOG);
        connector.open();
        return connector;
    }

    /** Closes the port. Open connections stay open until their next responses. */
    static void stopAccepting(ServerConnector connector) {
        connector.setShutdownIdleTimeout(-1); // else it would close connections that are idle for a second
        Future<Void> unused = connector.shutdown(); // waits for connections, and only requests are waited for
        connector.close();
    }

    private static ServerConnector tls(Server server, HttpConfiguration http, int selectors, KeyStore keys) {
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setKeyStore(keys);
        context.setKeyStorePassword("");
        http.addCustomizer(new SecureRequestCustomizer(false));
        return new ServerConnector(
                server, 1, selectors, new SslConnectionFactory(context, "http/1.1"), new ClientConnectionFactory(http));
    }
}
