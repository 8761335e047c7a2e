package io.dlrouter.simulator;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The responses of the Responses API that an engine holds in its memory, until it restarts. Safe for use by any thread. */
final class ResponseStore {
    private final Map<String, Stored> responses = new ConcurrentHashMap<>();

    /**
     * A response.
     *
     * @param turn its place in its chain, from 1 on
     */
    record Stored(String id, String model, int turn) {}

    Stored add(String model, int turn) {
        Stored stored = new Stored("resp_" + UUID.randomUUID().toString().replace("-", ""), model, turn);
        responses.put(stored.id, stored);
        return stored;
    }

    Optional<Stored> find(String id) {
        return Optional.ofNullable(responses.get(id));
    }

    void remove(String id) {
        responses.remove(id);
    }

    void clear() {
        responses.clear();
    }
}
