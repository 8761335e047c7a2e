package io.dlrouter.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class AccessLogAppenderTest {
    private final Logger log = (Logger) LoggerFactory.getLogger("lines");
    private final StuckConsole console = new StuckConsole();
    private final AccessLogAppender queue = new AccessLogAppender();

    @BeforeEach
    void start() {
        queue.setContext(log.getLoggerContext());
        queue.setQueueSize(2);
        queue.addAppender(console);
        console.start();
        queue.start();
        log.setAdditive(false);
        log.addAppender(queue);
    }

    @AfterEach
    void stop() {
        console.read.countDown();
        log.detachAppender(queue);
        queue.stop();
    }

    @Test
    void append_consoleThatNobodyReads_countsTheLinesThatFindNoRoom() throws Exception {
        log.info("in the console");
        assertThat(console.begun.await(20, TimeUnit.SECONDS)).isTrue();
        Stream.of("first in the queue", "second", "lost", "lost too").forEach(log::info);

        assertThat(queue.dropped()).isEqualTo(2);
        console.read.countDown();
        assertThat(console.next()).isEqualTo("in the console");
        assertThat(console.next()).isEqualTo("first in the queue");
        assertThat(console.next()).isEqualTo("second");
    }

    /** Takes a line, and does not come back before somebody reads. */
    private static final class StuckConsole extends AppenderBase<ILoggingEvent> {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch read = new CountDownLatch(1);
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            begun.countDown();
            try {
                read.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            lines.add(event.getFormattedMessage());
        }

        private @Nullable String next() throws InterruptedException {
            return lines.poll(20, TimeUnit.SECONDS);
        }
    }
}
