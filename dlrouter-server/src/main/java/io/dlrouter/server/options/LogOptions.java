package io.dlrouter.server.options;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.dlrouter.server.log.AccessLog;
import io.dlrouter.server.log.AccessLogFormat;
import io.dlrouter.server.metrics.GatewayListeners;
import io.dlrouter.server.metrics.GatewayMetrics;
import java.time.Clock;
import java.time.ZoneId;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** The logs of the gateway, and the response headers for operators. */
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

    @Option(
            names = "--access_log",
            paramLabel = "<form>",
            defaultValue = "text",
            description = "A line on standard output for each inference request: off, text or json (default: text)")
    AccessLogFormat access = AccessLogFormat.TEXT;

    @Option(names = "--node_header", description = "Name the node in the response header x-dlrouter-node")
    boolean nodeHeader;

    @Option(
            names = "--log_decisions",
            description = "Explain each node selection in the access log, with hashes of the prompt's blocks, so that "
                    + "the log can be replayed")
    boolean decisions;

    /** Sets the levels of the loggers of this process. */
    void apply() {
        logger(Logger.ROOT_LOGGER_NAME).setLevel(router);
        logger("org.eclipse.jetty").setLevel(server);
        logger("io.javalin").setLevel(server);
    }

    /** The listeners that observe each request. */
    GatewayListeners listeners() {
        return new GatewayListeners(
                new GatewayMetrics(), AccessLog.create(access, Clock.system(ZoneId.systemDefault())));
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }
}
