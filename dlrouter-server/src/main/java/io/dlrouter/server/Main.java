package io.dlrouter.server;

import io.dlrouter.Router;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway as a process, or the command {@code replay}. It ends with 2 if the configuration is wrong, and with 1 if it
 * cannot listen or write.
 */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) {
        NameCache.shorten();
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
        if (options.help) {
            System.out.print(options.helpText());
        } else if (options.version) {
            System.out.println("dlrouter " + version());
        } else {
            serve(options);
        }
    }

    private static void serve(ServerOptions options) throws IOException {
        options.log.apply();
        ServerSettings settings = options.settings();
        Telemetry telemetry = options.log.telemetry();
        Router router = options.router(telemetry.metrics(), telemetry.accessLog());
        RouterServer server = RouterServer.start(router, settings, telemetry);
        Shutdown shutdown = new Shutdown(router, server, options.listen.shutdownDelay, options.listen.shutdownGrace);
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown, "shutdown"));
        LOG.info("DLRouter {} listens on {} ({})", version(), server.url(), router.describe());
    }

    private static String version() {
        return Objects.requireNonNullElse(Main.class.getPackage().getImplementationVersion(), "(not packaged)");
    }

    private static void fail(int status, Exception e) {
        System.err.println("dlrouter: " + e.getMessage());
        System.exit(status);
    }
}
