package io.dlrouter.simulator;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What an engine went through, and what it is at. The latest of each kind are kept, all are counted. */
final class EngineLog {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Long> routes = new TreeMap<>();
    private final Latest<RecordedRequest> requests;
    private final Latest<Disconnect> disconnects;
    private final Latest<String> violations;
    private int running;

    EngineLog(int kept) {
        requests = new Latest<>(kept);
        disconnects = new Latest<>(kept);
        violations = new Latest<>(kept);
    }

    void began(RecordedRequest request) {
        if (!request.controlsSimulator()) {
            change(() -> count(request));
        }
    }

    void ended(RecordedRequest request) {
        if (request.isInference()) {
            change(() -> running--);
        }
    }

    void disconnected(Disconnect disconnect) {
        change(() -> disconnects.add(disconnect));
    }

    void violated(String message) {
        change(() -> violations.add(message));
    }

    List<RecordedRequest> requests() {
        return read(requests::list);
    }

    Map<String, Long> routes() {
        return read(() -> new TreeMap<>(routes));
    }

    List<Disconnect> disconnects() {
        return read(disconnects::list);
    }

    List<String> violations() {
        return read(violations::list);
    }

    long requestCount() {
        return read(requests::total);
    }

    long disconnectCount() {
        return read(disconnects::total);
    }

    int running() {
        return read(() -> running);
    }

    boolean awaitIdle(Duration timeout) {
        return await(() -> running == 0, timeout);
    }

    boolean awaitRequests(int count, Duration timeout) {
        return await(() -> requests.total() >= count, timeout);
    }

    boolean awaitDisconnects(int count, Duration timeout) {
        return await(() -> disconnects.total() >= count, timeout);
    }

    private void count(RecordedRequest request) {
        running += request.isInference() ? 1 : 0;
        routes.merge(request.route(), 1L, Long::sum);
        requests.add(request);
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private <T> T read(Supplier<T> reading) {
        lock.lock();
        try {
            return reading.get();
        } finally {
            lock.unlock();
        }
    }

    private boolean await(BooleanSupplier condition, Duration timeout) {
        lock.lock();
        try {
            long remaining = timeout.toNanos();
            while (!condition.getAsBoolean() && remaining > 0) {
                remaining = changed.awaitNanos(remaining);
            }
            return condition.getAsBoolean();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
