package io.dlrouter.core.strategy;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a node has still to read: the uncached prompt tokens of the requests that it has not begun to response. Of the one
 * that has waited longest a part is read already, as much as the node has read before in the same time. Safe for use by
 * many threads.
 */
final class Backlog {
    /** The share of what was learned before that is kept with each prompt: the last twenty or so count. */
    private static final double KEPT = 0.95;

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Reading> readings = new LinkedHashSet<>();
    private final AtomicInteger responding = new AtomicInteger();
    private double tokens;
    private long since;
    private double tokensRead;
    private double nanosOfReading;
    private volatile State state = new State(0, 0, 0, 0);

    /** A prompt, or the part of one, that is to be read. */
    static final class Reading {
        private final double tokens;

        private Reading(double tokens) {
            this.tokens = tokens;
        }
    }

    /**
     * What there is to read at one moment.
     *
     * @param first the tokens of the prompt that is read at the moment
     * @param since when the node has gone on to it
     * @param rate in tokens a nanosecond
     */
    private record State(double tokens, double first, long since, double rate) {}

    Reading begin(double uncachedTokens, long now) {
        Reading reading = new Reading(uncachedTokens);
        lock.lock();
        try {
            if (readings.isEmpty()) {
                since = now;
            }
            readings.add(reading);
            tokens += uncachedTokens;
            publish();
        } finally {
            lock.unlock();
        }
        return reading;
    }

    /** The node has begun to respond. */
    void read(Reading reading, long now) {
        responding.incrementAndGet();
        lock.lock();
        try {
            learn(reading.tokens, now - since);
            since = now;
            remove(reading);
        } finally {
            lock.unlock();
        }
    }

    private void learn(double read, long nanos) {
        tokensRead = KEPT * tokensRead + read;
        nanosOfReading = KEPT * nanosOfReading + Math.max(0, nanos);
    }

    /** A response that had begun has ended. */
    void responded() {
        responding.decrementAndGet();
    }

    /** The request has gone, and was not answered. */
    void leave(Reading reading, long now) {
        lock.lock();
        try {
            if (isFirst(reading)) {
                since = now;
            }
            remove(reading);
        } finally {
            lock.unlock();
        }
    }

    private boolean isFirst(Reading reading) {
        Iterator<Reading> all = readings.iterator();
        return all.hasNext() && all.next() == reading;
    }

    private void remove(Reading reading) {
        readings.remove(reading);
        tokens = readings.isEmpty() ? 0 : tokens - reading.tokens;
        publish();
    }

    private void publish() {
        double first = readings.isEmpty() ? 0 : readings.iterator().next().tokens;
        state = new State(tokens, first, since, nanosOfReading == 0 ? 0 : tokensRead / nanosOfReading);
    }

    /** The tokens that are to be read before a prompt that comes now. */
    double tokens(long now) {
        State seen = state;
        double read = Math.min(seen.first, seen.rate * Math.max(0, now - seen.since));
        return Math.max(0, seen.tokens - read);
    }

    /** Whether there is nothing to read and nothing to response. */
    boolean isEmpty() {
        return state.tokens == 0 && responding() == 0;
    }

    /** The requests for which it generates a response at the moment. */
    int responding() {
        return responding.get();
    }
}
