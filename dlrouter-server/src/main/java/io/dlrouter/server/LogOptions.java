package io.dlrouter.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** How much is logged. */
final class LogOptions {
    @Option(
            names = "--log_level",
            paramLabel = "<level>",
            defaultValue = "info",
            description = "trace, debug, info, warning or error (default: info)")
    Level router = Level.INFO;

    @Option(
            names = "--uvicorn_log_level",
            paramLabel = "<level>",
            defaultValue = "warning",
            description = "The same for the HTTP server's own log (default: warning; environment: UVICORN_LOG_LEVEL)")
    Level server = Level.WARN;

    /** Makes the loggers of this process obey. */
    void apply() {
        logger(Logger.ROOT_LOGGER_NAME).setLevel(router);
        logger("org.eclipse.jetty").setLevel(server);
        logger("io.javalin").setLevel(server);
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }
}
