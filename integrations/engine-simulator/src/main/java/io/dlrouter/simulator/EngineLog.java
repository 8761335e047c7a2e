package io.dlrouter.simulator;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What an engine went through, and what it is at. The latest of each kind are kept, all are counted. */
final class EngineLog {
    private final Monitor monitor = new Monitor();
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
            monitor.change(() -> count(request));
        }
    }

    void ended(RecordedRequest request) {
        if (request.isInference()) {
            monitor.change(() -> running--);
        }
    }

    void disconnected(Disconnect disconnect) {
        monitor.change(() -> disconnects.add(disconnect));
    }

    void violated(String message) {
        monitor.change(() -> violations.add(message));
    }

    List<RecordedRequest> requests() {
        return monitor.read(requests::list);
    }

    Map<String, Long> routes() {
        return monitor.read(() -> new TreeMap<>(routes));
    }

    List<Disconnect> disconnects() {
        return monitor.read(disconnects::list);
    }

    List<String> violations() {
        return monitor.read(violations::list);
    }

    long requestCount() {
        return monitor.read(requests::total);
    }

    long disconnectCount() {
        return monitor.read(disconnects::total);
    }

    int running() {
        return monitor.read(() -> running);
    }

    boolean awaitIdle(Duration timeout) {
        return monitor.await(() -> running == 0, timeout);
    }

    boolean awaitRunning(int count, Duration timeout) {
        return monitor.await(() -> running >= count, timeout);
    }

    boolean awaitRequests(int count, Duration timeout) {
        return monitor.await(() -> requests.total() >= count, timeout);
    }

    boolean awaitRequests(String path, int count, Duration timeout) {
        return monitor.await(() -> routes.getOrDefault("POST " + path, 0L) >= count, timeout);
    }

    boolean awaitDisconnects(int count, Duration timeout) {
        return monitor.await(() -> disconnects.total() >= count, timeout);
    }

    private void count(RecordedRequest request) {
        running += request.isInference() ? 1 : 0;
        routes.merge(request.route(), 1L, Long::sum);
        requests.add(request);
    }
}
