package io.dlrouter.spi;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What is to be changed in a JSON object: top-level members that are taken out or set. Every other byte stays.
 * Immutable.
 *
 * @param removed names of members that are taken out, if they are there
 * @param set JSON text by the name of the member that it becomes the value of, in place of any that is there; members
 *     are set in this order
 */
public record BodyEdit(Set<String> removed, Map<String, String> set) {
    /** Changes nothing. */
    public static final BodyEdit NONE = new BodyEdit(Set.of(), Map.of());

    public BodyEdit {
        removed = Set.copyOf(removed);
        set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    }

    /** Whether it changes nothing. */
    public boolean isEmpty() {
        return removed.isEmpty() && set.isEmpty();
    }

    /** This edit, which takes one member more out. */
    public BodyEdit removing(String name) {
        Set<String> more = new HashSet<>(removed);
        more.add(name);
        return new BodyEdit(more, set);
    }

    /** This edit, which sets one member more. */
    public BodyEdit setting(String name, String json) {
        Map<String, String> more = new LinkedHashMap<>(set);
        more.put(name, json);
        return new BodyEdit(removed, more);
    }
}
