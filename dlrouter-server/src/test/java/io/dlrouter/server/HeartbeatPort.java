package io.dlrouter.server;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;

/** The port for heartbeats that a gateway started after this has bound, as its log names it. */
final class HeartbeatPort extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final Pattern ENDPOINT = Pattern.compile("received on tcp://\\S+:(\\d+)");

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.dlrouter.backend.vllm");
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    HeartbeatPort() {
        start();
        logger.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        Matcher endpoint = ENDPOINT.matcher(event.getFormattedMessage());
        if (endpoint.find()) {
            port.complete(Integer.valueOf(endpoint.group(1)));
        }
    }

    int await() throws Exception {
        return port.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        logger.detachAppender(this);
    }
}
