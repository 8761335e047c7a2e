package io.dlrouter.server;

import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import java.time.Clock;
import java.time.ZonedDateTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a line for each inference request that has ended. It holds nothing of prompt and answer, and no key. */
final class AccessLog implements RouterListener {
    /** The logger of the lines, which has an appender of its own. */
    static final String LOGGER = "dlrouter.access";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);

    private final AccessLine form;
    private final Clock clock;

    private AccessLog(AccessLine form, Clock clock) {
        this.form = form;
        this.clock = clock;
    }

    /** The log in a format; one that writes nothing if it is to be off. */
    static RouterListener in(AccessLogFormat format, Clock clock) {
        return switch (format) {
            case OFF -> new RouterListener() {};
            case TEXT -> new AccessLog(new TextAccessLine(), clock);
            case JSON -> new AccessLog(new JsonAccessLine(), clock);
        };
    }

    @Override
    public void completed(RoutedRequest request) {
        LOG.info(form.of(request, ZonedDateTime.now(clock)));
    }
}
