package io.dlrouter.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The latest of many, and how many there were. Not for several threads at once. */
final class Latest<T> {
    private final int capacity;
    private final Deque<T> kept = new ArrayDeque<>();
    private long total;

    Latest(int capacity) {
        this.capacity = capacity;
    }

    void add(T element) {
        total++;
        kept.addLast(element);
        if (kept.size() > capacity) {
            kept.removeFirst();
        }
    }

    List<T> list() {
        return List.copyOf(kept);
    }

    long total() {
        return total;
    }
}
