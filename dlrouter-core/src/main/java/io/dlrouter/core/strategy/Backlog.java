package io.dlrouter.core.strategy;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The prompt tokens that a node still has to compute: the uncached tokens of requests without a first byte. From the
 * oldest one a part is subtracted, by the rate of the node so far. Safe for use by many threads.
 */
final class Backlog {
    /** The weight of earlier observations with each prompt: about the last twenty count. */
    private static final double KEPT = 0.95;

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Reading> readings = new LinkedHashSet<>();
    private final AtomicInteger responding = new AtomicInteger();
    private double tokens;
    private long since;
    private double tokensRead;
    private double nanosOfReading;
    private volatile State state = new State(0, 0, 0, 0);

    /** A prompt, or a part of one, that is queued. */
    static final class Reading {
        private final double tokens;

        private Reading(double tokens) {
            this.tokens = tokens;
        }
    }

    /**
     * The queue at one moment.
     *
     * @param first the tokens of the prompt in progress
     * @param since when the node started it
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

    /** The request has ended without a response. */
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

    /** The tokens that are queued before a prompt that arrives now. */
    double tokens(long now) {
        State seen = state;
        double read = Math.min(seen.first, seen.rate * Math.max(0, now - seen.since));
        return Math.max(0, seen.tokens - read);
    }

    /** Whether the node has nothing to compute and no response to generate. */
    boolean isEmpty() {
        return state.tokens == 0 && responding() == 0;
    }

    /** The number of responses that the node is generating. */
    int responding() {
        return responding.get();
    }
}
