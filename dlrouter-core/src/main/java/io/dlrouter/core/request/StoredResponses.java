package io.dlrouter.core.request;

import io.dlrouter.NodeAddress;
import io.dlrouter.ResponseNotFoundException;
import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which node holds the state of which response or conversation of the Responses API. An engine keeps that state in its
 * own memory, so that only the node that made a response can continue, return or delete it. Bounded: entries that were
 * not used for their time to live are removed, and beyond the limit the least recently used. Safe for use by many threads.
 */
public final class StoredResponses {
    /** Ids of engines and of clients are shorter; a longer one is not kept. */
    private static final int MAX_ID = 256;

    private final int limit;
    private final long lifetimeNanos;
    private final RouterClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    /** In the order of their last use. */
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(NodeAddress node, String model, long usedAt) {}

    /**
     * Where state is held.
     *
     * @param id of the response or the conversation
     * @param param the parameter of the request that names it
     * @param node that holds it
     * @param model that made it
     */
    public record Location(String id, String param, NodeAddress node, String model) {}

    /**
     * An empty table.
     *
     * @param limit how many entries are kept
     * @param lifetime how long an entry is kept that is not used
     */
    public StoredResponses(int limit, Duration lifetime, RouterClock clock) {
        this.limit = limit;
        this.lifetimeNanos = lifetime.toNanos();
        this.clock = clock;
    }

    /**
     * Where the state is that a request refers to; empty for a conversation that begins with the request.
     *
     * @throws ResponseNotFoundException if the response is not known
     */
    Optional<Location> locate(StateReference reference) {
        Optional<Location> known = use(reference.id())
                .map(entry -> new Location(reference.id(), reference.param(), entry.node, entry.model));
        if (known.isEmpty() && !reference.isConversation()) {
            throw new ResponseNotFoundException(
                    "Response with id '" + shortened(reference.id())
                            + "' not found: this router has not routed it, or its entry has expired.",
                    reference.param());
        }
        return known;
    }

    private static String shortened(String id) {
        return id.length() > MAX_ID ? id.substring(0, MAX_ID) + "…" : id;
    }

    private Optional<Entry> use(String id) {
        lock.lock();
        try {
            removeExpired();
            Entry entry = entries.remove(id);
            if (entry != null) {
                entries.put(id, new Entry(entry.node, entry.model, clock.nanoTime()));
            }
            return Optional.ofNullable(entry);
        } finally {
            lock.unlock();
        }
    }

    /** A node has made this response, or has taken part in this conversation. */
    public void put(String id, NodeAddress node, String model) {
        if (id.length() > MAX_ID) {
            return;
        }
        lock.lock();
        try {
            removeExpired();
            entries.remove(id);
            entries.put(id, new Entry(node, model, clock.nanoTime()));
            if (entries.size() > limit) {
                entries.remove(entries.keySet().iterator().next());
            }
        } finally {
            lock.unlock();
        }
    }

    /** The response was deleted. */
    public void remove(String id) {
        lock.lock();
        try {
            entries.remove(id);
        } finally {
            lock.unlock();
        }
    }

    private void removeExpired() {
        long now = clock.nanoTime();
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext() && now - oldest.next().usedAt > lifetimeNanos) {
            oldest.remove();
        }
    }
}
