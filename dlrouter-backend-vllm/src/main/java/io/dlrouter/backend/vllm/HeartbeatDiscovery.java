package io.dlrouter.backend.vllm;

import io.dlrouter.NodeRegistry;
import io.dlrouter.spi.NodeDiscovery;
import io.dlrouter.spi.RouterClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the instances that send heartbeats, as vLLM's P2P NCCL connector does, on one thread of its own. */
final class HeartbeatDiscovery implements NodeDiscovery {
    private static final Logger LOG = LoggerFactory.getLogger(HeartbeatDiscovery.class);
    static final Duration RETRY_INTERVAL = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofMillis(50);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final VllmOptions options;
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private volatile @Nullable Thread listener;

    HeartbeatDiscovery(VllmOptions options) {
        this.options = options;
    }

    @Override
    public void start(NodeRegistry nodes, RouterClock clock) {
        Thread thread = new Thread(() -> run(nodes, clock), "dlrouter-heartbeats");
        thread.setDaemon(true);
        listener = thread;
        thread.start();
    }

    /** The port that heartbeats come to, known once it is bound. */
    CompletableFuture<Integer> port() {
        return port;
    }

    private void run(NodeRegistry nodes, RouterClock clock) {
        Announcer announcer = new Announcer(nodes, options, clock.nanoTime());
        String lastFailure = "";
        while (!isClosing()) {
            try (HeartbeatSocket socket = HeartbeatSocket.bind(options.zmqHost(), options.zmqPort(), PATIENCE)) {
                LOG.info("Heartbeats are received on {}", socket.endpoint());
                port.complete(socket.port());
                lastFailure = "";
                listen(socket, announcer, clock);
            } catch (IOException | RuntimeException e) {
                lastFailure = report(e.toString(), lastFailure);
                awaitRetry(clock);
            }
        }
    }

    private void listen(HeartbeatSocket socket, Announcer announcer, RouterClock clock) throws IOException {
        while (!isClosing()) {
            List<byte[]> frames = socket.receive();
            long now = clock.nanoTime();
            if (!frames.isEmpty()) {
                announcer.hear(frames, now);
            }
            announcer.check(now);
        }
    }

    /** Says a failure when it is another than before. */
    private String report(String failure, String lastFailure) {
        if (!failure.equals(lastFailure)) {
            LOG.error(
                    "Cannot receive heartbeats on tcp://{}:{} (retry every {} s): {}."
                            + " Stop the process that uses the port, or set zmq_host and zmq_port to an address of this machine"
                            + " and a port that is free",
                    options.zmqHost(),
                    options.zmqPort(),
                    RETRY_INTERVAL.toMillis() / 1e3,
                    failure);
        }
        return failure;
    }

    private boolean isClosing() {
        return closing.isDone();
    }

    private void awaitRetry(RouterClock clock) {
        CompletableFuture<Void> elapsed = clock.after(RETRY_INTERVAL);
        CompletableFuture.anyOf(closing, elapsed).join();
        elapsed.cancel(false);
    }

    @Override
    public void close() {
        closing.complete(null);
        Thread thread = listener;
        if (thread != null) {
            join(thread);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(CLOSE_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
