package io.dlrouter.server.log;

import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import java.time.Clock;
import java.time.ZonedDateTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The access log: a line for each inference request that has ended. It contains no prompt, no response and no key. */
public final class AccessLog implements RouterListener {
    /** The logger of the lines, which has an appender of its own. */
    static final String LOGGER = "dlrouter.access";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);

    private final AccessLogFormatter formatter;
    private final Clock clock;

    private AccessLog(AccessLogFormatter formatter, Clock clock) {
        this.formatter = formatter;
        this.clock = clock;
    }

    /** The listener that writes the log in a format; it writes nothing for {@link AccessLogFormat#OFF}. */
    public static RouterListener create(AccessLogFormat format, Clock clock) {
        return switch (format) {
            case OFF -> new RouterListener() {};
            case TEXT -> new AccessLog(new TextAccessLogFormatter(), clock);
            case JSON -> new AccessLog(new JsonAccessLogFormatter(), clock);
        };
    }

    @Override
    public void completed(RoutedRequest request) {
        LOG.info(formatter.format(request, ZonedDateTime.now(clock)));
    }
}
