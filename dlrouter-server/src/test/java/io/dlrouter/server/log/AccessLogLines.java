package io.dlrouter.server.log;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;

/** What is written to the access log of this process while it is open. */
public final class AccessLogLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    public AccessLogLines() {
        start();
        log().addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.add(event.getFormattedMessage());
    }

    /** The oldest line that was not asked for yet. */
    public String next() throws Exception {
        String line = lines.poll(20, TimeUnit.SECONDS);
        if (line == null) {
            throw new TimeoutException("no line in the access log");
        }
        return line;
    }

    public boolean isEmpty() {
        return lines.isEmpty();
    }

    @Override
    public void close() {
        log().detachAppender(this);
    }

    private static Logger log() {
        return (Logger) LoggerFactory.getLogger(AccessLog.LOGGER);
    }
}
