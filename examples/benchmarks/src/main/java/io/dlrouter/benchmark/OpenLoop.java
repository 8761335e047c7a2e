package io.dlrouter.benchmark;

import java.time.Duration;
import java.util.Collection;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Requests at times that are fixed beforehand, however the responses to those before them fare. */
final class OpenLoop implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final int port;
    private final int tokens;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Deque<Client> idle = new ConcurrentLinkedDeque<>();

    OpenLoop(int port, int tokens) {
        this.port = port;
        this.tokens = tokens;
    }

    /** Sends so many requests a second for so long, and returns when all have ended. */
    Collection<Outcome> run(int perSecond, Duration time, long begin) throws InterruptedException {
        Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
        long count = time.toSeconds() * perSecond;
        for (int i = 0; i < count; i++) {
            int number = i;
            long due = begin + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
            LockSupport.parkNanos(due - System.nanoTime());
            threads.execute(() -> outcomes.add(send(number, due)));
        }
        while (outcomes.size() < count) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return outcomes;
    }

    private Outcome send(int number, long due) {
        Client taken = idle.pollFirst();
        Client client = taken == null ? new Client(port, SILENCE) : taken;
        try {
            return client.send(new Chat(number % 2 == 1, tokens), due, bytes -> true);
        } finally {
            idle.addFirst(client);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        idle.forEach(Client::close);
    }
}
