package io.dlrouter.simulator;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/** A map that forgets its eldest entry when it has too many, if that one may be forgotten. Not for several threads at once. */
final class Remembered<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int capacity;
    private final transient Predicate<V> forgettable;

    Remembered(int capacity, Predicate<V> forgettable) {
        this.capacity = capacity;
        this.forgettable = forgettable;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > capacity && forgettable.test(eldest.getValue());
    }
}
