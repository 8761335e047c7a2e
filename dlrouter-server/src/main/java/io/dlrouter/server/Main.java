package io.dlrouter.server;

import io.dlrouter.Router;
import io.dlrouter.server.http.ServerSettings;
import io.dlrouter.server.metrics.GatewayListeners;
import io.dlrouter.server.options.ServerOptions;
import io.dlrouter.server.replay.ReplayCommand;
import java.io.IOException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entry point: the gateway, or the command {@code replay}. The exit status is 2 if the configuration is wrong,
 * and 1 if the gateway cannot listen or a file cannot be written.
 */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) {
        DnsCache.shorten();
        try {
            if (arguments.length > 0 && arguments[0].equals("replay")) {
                ReplayCommand.run(Arrays.copyOfRange(arguments, 1, arguments.length));
            } else {
                run(ServerOptions.parse(System.getenv(), arguments));
            }
        } catch (IllegalArgumentException e) {
            fail(2, e);
        } catch (IOException e) {
            fail(1, e);
        }
    }

    private static void run(ServerOptions options) throws IOException {
        if (!options.printHelp()) {
            serve(options);
        }
    }

    private static void serve(ServerOptions options) throws IOException {
        options.applyLogLevels();
        ServerSettings settings = options.settings();
        GatewayListeners listeners = options.listeners();
        Router router = options.router(listeners.metrics().router(), listeners.accessLog());
        RouterServer server = RouterServer.start(router, settings, listeners);
        Shutdown shutdown = new Shutdown(router, server, options.shutdownDelay(), options.shutdownGrace());
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown, "shutdown"));
        LOG.info("DLRouter {} listens on {} ({})", ServerOptions.version(), server.url(), router.describe());
    }

    private static void fail(int status, Exception e) {
        System.err.println("dlrouter: " + e.getMessage());
        System.exit(status);
    }
}
