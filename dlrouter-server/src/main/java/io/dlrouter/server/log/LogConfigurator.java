package io.dlrouter.server.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Logback's configuration: logs to the standard error, the access log to the standard output. It is code, because
 * reading an XML file of Logback takes a fifth of the time to start; a file that {@code -Dlogback.configurationFile}
 * names is read in its place. Found by {@link java.util.ServiceLoader}.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0} - %msg%n";

    /** Made by Logback. */
    public LogConfigurator() {}

    @Override
    public ExecutionStatus configure(LoggerContext loggers) {
        if (System.getProperty("logback.configurationFile") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        Logger root = loggers.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(console(loggers, "STDERR", "System.err", PATTERN));
        Logger access = loggers.getLogger(AccessLog.LOGGER);
        access.setLevel(Level.INFO);
        access.setAdditive(false);
        access.addAppender(withoutWaiting(loggers));
        loggers.getLogger("org.eclipse.jetty").setLevel(Level.WARN);
        loggers.getLogger("io.javalin").setLevel(Level.WARN);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static AccessLogAppender withoutWaiting(LoggerContext loggers) {
        AccessLogAppender queue = new AccessLogAppender();
        queue.setContext(loggers);
        queue.setName(AccessLogAppender.NAME);
        queue.addAppender(console(loggers, "STDOUT", "System.out", "%msg%n"));
        queue.start();
        return queue;
    }

    private static ConsoleAppender<ILoggingEvent> console(
            LoggerContext loggers, String name, String target, String pattern) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(loggers);
        encoder.setCharset(UTF_8);
        encoder.setPattern(pattern);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(loggers);
        appender.setName(name);
        appender.setTarget(target);
        appender.setEncoder(encoder);
        appender.start();
        return appender;
    }
}
