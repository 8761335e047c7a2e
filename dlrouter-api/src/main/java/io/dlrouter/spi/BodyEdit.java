package io.dlrouter.spi;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * An edit of a JSON object: top-level members to remove or set. All other bytes stay unchanged. Immutable.
 *
 * @param removed names of members to remove, if present
 * @param set JSON text by member name; replaces an existing member; members are set in this order
 */
public record BodyEdit(Set<String> removed, Map<String, String> set) {
    /** An edit without effect. */
    public static final BodyEdit NONE = new BodyEdit(Set.of(), Map.of());

    public BodyEdit {
        removed = Set.copyOf(removed);
        set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
    }

    /** Whether the edit has no effect. */
    public boolean isEmpty() {
        return removed.isEmpty() && set.isEmpty();
    }

    /** This edit, which removes another member. */
    public BodyEdit removing(String name) {
        Set<String> more = new HashSet<>(removed);
        more.add(name);
        return new BodyEdit(more, set);
    }

    /** This edit, which sets another member. */
    public BodyEdit setting(String name, String json) {
        Map<String, String> more = new LinkedHashMap<>(set);
        more.put(name, json);
        return new BodyEdit(removed, more);
    }
}
