package io.dlrouter.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Clients that each send one chat after the other, every other one streamed, and keep what became of them. */
final class Clients {
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final int port;
    private final int tokens;
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();

    /** @param tokens how many tokens the engines say */
    Clients(int port, int tokens) {
        this.port = port;
        this.tokens = tokens;
    }

    /** What one client does from its first to its last request. */
    interface Course {
        void run(int client) throws Exception;
    }

    /** Lets so many clients send for so long, and returns when the last has its response. */
    void run(int count, Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        runEach(count, time.plusSeconds(90), number -> sendUntil(end, number));
    }

    /** Lets so many clients run, each on a thread of its own, and returns when all are through. */
    static void runEach(int count, Duration limit, Course course) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                running.add(threads.submit(() -> {
                    course.run(number);
                    return number;
                }));
            }
            awaitAll(running, limit);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void awaitAll(List<Future<?>> running, Duration limit) throws Exception {
        long end = System.nanoTime() + limit.toNanos();
        for (Future<?> client : running) {
            try {
                client.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw new IllegalStateException("clients: still running (expected: through in " + limit + ")", e);
            }
        }
    }

    private void sendUntil(long end, int number) {
        try (Client client = new Client(port, SILENCE)) {
            for (int i = number; System.nanoTime() < end; i++) {
                outcomes.add(client.send(new Chat(i % 2 == 1, tokens)));
            }
        }
    }

    Collection<Outcome> outcomes() {
        return outcomes;
    }
}
