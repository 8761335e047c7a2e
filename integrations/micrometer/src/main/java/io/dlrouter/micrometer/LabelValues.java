package io.dlrouter.micrometer;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** The values of a metric's label, limited in number to protect the monitoring system. Safe for use by many threads. */
final class LabelValues {
    /** Stands for every value that is not admitted. */
    static final String OTHER = "other";

    private final int limit;
    private final Set<String> admitted = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();

    LabelValues(int limit) {
        this.limit = limit;
    }

    /** The value, admitted if there is room for it, as the label has it. */
    String admit(String value) {
        if (!admitted.contains(value) && admitted.size() < limit) {
            add(value);
        }
        return of(value);
    }

    private void add(String value) {
        lock.lock();
        try {
            if (admitted.size() < limit) {
                admitted.add(value);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The value as the label has it. */
    String of(String value) {
        return admitted.contains(value) ? value : OTHER;
    }

    /** Makes room for another. */
    void forget(String value) {
        admitted.remove(value);
    }
}
