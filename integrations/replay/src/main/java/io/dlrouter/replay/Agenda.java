package io.dlrouter.replay;

import java.util.PriorityQueue;

/** What is to happen at which time of a virtual clock. What happens at the same time does so in the order of planning. */
final class Agenda {
    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long planned;
    private long now;

    private record Entry(long time, long number, Runnable action) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            return time == other.time ? Long.compare(number, other.number) : Long.compare(time, other.time);
        }
    }

    /** What the clock shows, in nanoseconds. */
    long now() {
        return now;
    }

    void at(long time, Runnable action) {
        entries.add(new Entry(time, planned++, action));
    }

    void after(long nanos, Runnable action) {
        at(now + nanos, action);
    }

    /** Lets all happen, and what that plans too. */
    void run() {
        for (Entry next = entries.poll(); next != null; next = entries.poll()) {
            now = next.time;
            next.action.run();
        }
    }
}
