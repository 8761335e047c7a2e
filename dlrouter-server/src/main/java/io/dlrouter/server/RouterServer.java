package io.dlrouter.server;

import io.dlrouter.Router;
import io.dlrouter.server.http.ErrorRoutes;
import io.dlrouter.server.http.JsonErrorHandler;
import io.dlrouter.server.http.ServerSettings;
import io.dlrouter.server.inference.InferenceHandler;
import io.dlrouter.server.inference.OpenRequests;
import io.dlrouter.server.inference.RejectedRequests;
import io.dlrouter.server.metrics.GatewayListeners;
import io.dlrouter.server.nodes.LinkRoutes;
import io.dlrouter.server.nodes.NodesRoutes;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * The HTTP server of a router. Jetty serves the inference routes, Javalin all others. Closing it cuts open
 * connections; the router is closed by its owner.
 */
final class RouterServer implements AutoCloseable {
    private final Router router;
    private final ServerSettings settings;
    private final GatewayListeners listeners;
    private final OpenRequests openRequests;
    private final Javalin javalin;

    private RouterServer(Router router, ServerSettings settings, GatewayListeners listeners) {
        this.router = router;
        this.settings = settings;
        this.listeners = listeners;
        this.openRequests = new OpenRequests(ServerThreads.maxRequests(settings.maxConcurrentRequests()));
        this.javalin = Javalin.create(this::configure);
    }

    /**
     * Starts to listen.
     *
     * @param listeners observe the requests that are rejected before they are routed
     * @throws IOException if the port cannot be bound
     */
    static RouterServer start(Router router, ServerSettings settings, GatewayListeners listeners) throws IOException {
        RouterServer server = new RouterServer(router, settings, listeners);
        listeners.metrics().observe(router, server.openRequests::count);
        try {
            server.javalin.start();
            return server;
        } catch (UncheckedIOException e) {
            throw new IOException("cannot listen on " + settings.host() + ":" + settings.port() + ": " + reason(e), e);
        }
    }

    private static String reason(Throwable e) {
        if (e.getCause() != null) {
            return reason(e.getCause());
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** The port that it listens on. */
    int port() {
        return javalin.port();
    }

    /** Where it listens, as a URL. */
    String url() {
        String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
        return (settings.tls().isPresent() ? "https://" : "http://") + host + ":" + port();
    }

    /** Makes {@code /ready} respond 503; requests are still served. */
    void markUnready() {
        openRequests.markUnready();
    }

    /** Accepts no more connections, and no more inference requests on open ones. */
    void stopAccepting() {
        for (Connector connector : javalin.jettyServer().server().getConnectors()) {
            GatewayConnector.stopAccepting((ServerConnector) connector);
        }
        openRequests.close();
    }

    /**
     * Waits until the requests have ended that came before {@link #stopAccepting()}.
     *
     * @return how many were still open when the time was over
     */
    int awaitOpenRequests(Duration limit) throws InterruptedException {
        return openRequests.awaitNone(limit) ? 0 : openRequests.count();
    }

    /** How many inference requests are open. */
    int openRequests() {
        return openRequests.count();
    }

    @Override
    public void close() {
        javalin.stop();
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.maxRequestSize = settings.maxBodySize();
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.prefer405over404 = true;
        config.router.treatMultipleSlashesAsSingleSlash = true;
        config.jetty.threadPool = ServerThreads.pool(settings.workers());
        config.jetty.modifyHttpConfiguration(GatewayConnector::configure);
        config.jetty.modifyServer(this::configure);
        config.jetty.addConnector(this::bind);
        new StatusRoutes(router, settings.apiKeys(), openRequests).register(config.routes);
        new MetricsRoute(router, listeners.metrics(), settings.adminKeys()).register(config.routes);
        new NodesRoutes(router, settings).register(config.routes);
        new LinkRoutes(router, settings.adminKeys()).register(config.routes);
        new ErrorRoutes(settings.maxBodySize()).register(config.routes);
    }

    /** Without Javalin's monitor, which would cut idle streams when threads run low, and its statistics. */
    private void configure(Server server) {
        server.removeBean(server.getBean(LowResourceMonitor.class));
        server.setErrorHandler(new JsonErrorHandler());
        Handler.Wrapper inference =
                new InferenceHandler(router, settings, openRequests, new RejectedRequests(listeners));
        ModelCardHandler handler = new ModelCardHandler(router, settings.apiKeys());
        handler.setHandler(inference);
        if (settings.corsOrigins().isEmpty()) {
            server.setHandler(handler);
        } else {
            CrossOrigin crossOrigin = new CrossOrigin(settings.corsOrigins());
            crossOrigin.setHandler(handler);
            server.setHandler(crossOrigin);
        }
    }

    private Connector bind(Server server, HttpConfiguration http) {
        try {
            return GatewayConnector.bind(server, http, settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
