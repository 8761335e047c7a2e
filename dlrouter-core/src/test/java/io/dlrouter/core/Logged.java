package io.dlrouter.core;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What a class writes into its log. */
public final class Logged {
    private Logged() {}

    /** What this class logs while the task runs, at {@code INFO} and above. */
    public static List<ILoggingEvent> by(Class<?> type, Runnable task) {
        ListAppender<ILoggingEvent> events = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(type);
        events.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(events);
        try {
            task.run();
            return events.list;
        } finally {
            logger.detachAppender(events);
            logger.setLevel(null);
        }
    }
}
