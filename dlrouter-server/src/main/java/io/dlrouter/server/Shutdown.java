package io.dlrouter.server;

import ch.qos.logback.classic.LoggerContext;
import io.dlrouter.Router;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shutdown of the gateway: it fails readiness but accepts requests for the shutdown delay, then closes the port,
 * waits for open requests for the grace time, and cuts the others.
 */
final class Shutdown implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
    private static final Duration FINAL_EVENTS = Duration.ofSeconds(2);

    private final Router router;
    private final RouterServer server;
    private final Duration delay;
    private final Duration grace;

    Shutdown(Router router, RouterServer server, Duration delay, Duration grace) {
        this.router = router;
        this.server = server;
        this.delay = delay;
        this.grace = grace;
    }

    /** Closing the router ends requests that outlast the grace; their streams then get time for an error event. */
    @Override
    public void run() {
        try (server) {
            try (router) {
                markUnready();
                drain();
            }
            server.awaitOpenRequests(FINAL_EVENTS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        LOG.info("Stopped");
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    private void markUnready() throws InterruptedException {
        server.markUnready();
        LOG.info("Shutting down: not ready, accepting requests for {} ms", delay.toMillis());
        Thread.sleep(delay.toMillis());
    }

    private void drain() throws InterruptedException {
        server.stopAccepting();
        LOG.info("Shutting down: waiting for {} open requests, at most {} s", server.openRequests(), grace.toSeconds());
        int open = server.awaitOpenRequests(grace);
        if (open > 0) {
            LOG.warn("Cut {} open requests after {} s", open, grace.toSeconds());
        }
    }
}
