package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Asks a gateway for its health all the time, from its making until it is closed. */
final class HealthWatch implements AutoCloseable {
    private static final byte[] REQUEST = "GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n".getBytes(US_ASCII);
    private static final int PERIOD_MILLIS = 20;

    private final int port;
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private Optional<Wire> wire = Optional.empty();

    HealthWatch(int port) {
        this.port = port;
        ScheduledFuture<?> unused = clock.scheduleWithFixedDelay(this::ask, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void ask() {
        long start = System.nanoTime();
        Optional<Head> head = Optional.empty();
        try {
            Wire open = wire.isPresent() ? wire.get() : new Wire(port, Duration.ofSeconds(10));
            wire = Optional.of(open);
            open.send(REQUEST);
            head = Optional.of(open.head());
            open.body(head.get());
        } catch (IOException e) {
            wire = Optional.empty();
        }
        Ending ending = head.filter(answer -> answer.status() == 200).isPresent() ? Ending.WHOLE : Ending.UNANSWERED;
        outcomes.add(new Outcome(start, System.nanoTime() - start, false, ending, head, "health"));
    }

    /** What the responses were, and how long they took. */
    Collection<Outcome> outcomes() {
        return outcomes;
    }

    @Override
    public void close() {
        CompletableFuture.runAsync(this::end, clock).join();
    }

    private void end() {
        clock.shutdownNow();
        try {
            if (wire.isPresent()) {
                wire.get().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
