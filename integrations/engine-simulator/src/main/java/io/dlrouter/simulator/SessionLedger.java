package io.dlrouter.simulator;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The books of an LMDeploy prefill engine about the sessions that keep caches. Safe for use by any thread. */
final class SessionLedger {
    private final Monitor monitor = new Monitor();
    private final Map<Long, Entry> sessions;
    private long last;
    private long lastEver;
    private long issued;
    private long alive;
    private long adopted;
    private long freed;
    private long freedAgain;
    private long freedUnknown;
    private long freedStale;

    SessionLedger(int remembered) {
        sessions = new Remembered<>(remembered, entry -> entry.end.isPresent());
    }

    /** The id of a session to come. */
    long next() {
        return monitor.changing(() -> ++last);
    }

    void issue(Session session) {
        monitor.change(() -> {
            sessions.put(session.id(), new Entry(session));
            issued++;
            alive++;
        });
    }

    /** Gives a cache to a decode engine that names it so, and frees it here; says what is wrong if it cannot. */
    Optional<String> adopt(Session named) {
        return monitor.changing(() -> {
            Entry entry = sessions.get(named.id());
            if (entry == null) {
                return Optional.of("never issued or long forgotten");
            }
            if (!entry.session.equals(named)) {
                return Optional.of("issued as " + entry.session);
            }
            if (entry.end.isPresent()) {
                return entry.end.map(end -> end + " before");
            }
            end(entry, "adopted");
            adopted++;
            return Optional.empty();
        });
    }

    /** Gives a cache up, as far as there is one; says what is wrong if no router may do so. */
    Optional<String> free(long id) {
        return monitor.changing(() -> {
            Entry entry = sessions.get(id);
            if (entry != null && entry.end.isEmpty()) {
                end(entry, "freed");
                freed++;
                return Optional.empty();
            }
            return freeInVain(id);
        });
    }

    /** Begins a new life, in which nobody knows of the sessions of the one before. */
    void restart() {
        monitor.change(() -> {
            sessions.clear();
            lastEver = Math.max(last, lastEver);
            last = 0;
            alive = 0;
        });
    }

    SessionCounts counts() {
        return monitor.read(this::current);
    }

    /** Waits until the books are so; false when they were not in time. */
    boolean await(Predicate<SessionCounts> state, Duration timeout) {
        return monitor.await(() -> state.test(current()), timeout);
    }

    private Optional<String> freeInVain(long id) {
        if (id > 0 && id <= last) {
            freedAgain++;
            return Optional.empty();
        }
        if (id > 0 && id <= lastEver) {
            freedStale++;
            return Optional.of("an earlier life's");
        }
        freedUnknown++;
        return Optional.of("nobody's");
    }

    private void end(Entry entry, String how) {
        entry.end = Optional.of(how);
        alive--;
    }

    private SessionCounts current() {
        return new SessionCounts(issued, alive, adopted, freed, freedAgain, freedUnknown, freedStale);
    }

    private static final class Entry {
        private final Session session;
        private Optional<String> end = Optional.empty();

        Entry(Session session) {
            this.session = session;
        }
    }
}
