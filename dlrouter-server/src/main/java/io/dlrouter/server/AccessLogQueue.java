package io.dlrouter.server;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.LoggerFactory;

/**
 * The lines of the access log on their way to a console: one that nobody reads costs lines, which are counted, and never
 * a request. Safe for use by many threads.
 */
final class AccessLogQueue extends AsyncAppender {
    /** The name of the one that {@link LogConfigurator} makes. */
    static final String NAME = "ACCESS";

    private static final int LINES = 8192;

    private final ReentrantLock lock = new ReentrantLock(); // only under it does room that is seen stay
    private final AtomicLong dropped = new AtomicLong();

    /** An empty queue. */
    AccessLogQueue() {
        setQueueSize(LINES);
        setDiscardingThreshold(0);
        setNeverBlock(true);
    }

    /** How many lines of this process found no room; 0 if a configuration of the user's own writes them. */
    static double droppedLines() {
        return LoggerFactory.getLogger(AccessLog.LOGGER) instanceof Logger logger
                        && logger.getAppender(NAME) instanceof AccessLogQueue queue
                ? queue.dropped()
                : 0;
    }

    /** How many lines found no room. */
    long dropped() {
        return dropped.get();
    }

    @Override
    protected void append(ILoggingEvent line) {
        lock.lock();
        try {
            if (getRemainingCapacity() > 0) {
                super.append(line);
            } else {
                dropped.incrementAndGet();
            }
        } finally {
            lock.unlock();
        }
    }
}
