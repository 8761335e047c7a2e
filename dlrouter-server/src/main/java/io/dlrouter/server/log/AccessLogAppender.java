package io.dlrouter.server.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.LoggerFactory;

/**
 * The appender of the access log: a queue of lines in front of the console. A line that finds no room is dropped and
 * counted; no request waits. Safe for use by many threads.
 */
public final class AccessLogAppender extends AsyncAppender {
    /** The name of the appender that {@link LogConfigurator} makes. */
    static final String NAME = "ACCESS";

    private static final int LINES = 8192;

    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong dropped = new AtomicLong();

    /** An empty queue. */
    AccessLogAppender() {
        setQueueSize(LINES);
        setDiscardingThreshold(1);
        setNeverBlock(true);
    }

    /** How many lines of this process found no room; 0 if a configuration of the user's own writes them. */
    public static double droppedLines() {
        return LoggerFactory.getLogger(AccessLog.LOGGER) instanceof Logger logger
                        && logger.getAppender(NAME) instanceof AccessLogAppender queue
                ? queue.dropped()
                : 0;
    }

    /** How many lines found no room. */
    long dropped() {
        return dropped.get();
    }

    /** One line at a time, so that a line for which Logback saw room finds it: Logback does not count the others. */
    @Override
    protected void append(ILoggingEvent line) {
        lock.lock();
        try {
            super.append(line);
        } finally {
            lock.unlock();
        }
    }

    /** Asked by Logback for a line that finds no room. */
    @Override
    protected boolean isDiscardable(ILoggingEvent line) {
        dropped.incrementAndGet();
        return true;
    }
}
