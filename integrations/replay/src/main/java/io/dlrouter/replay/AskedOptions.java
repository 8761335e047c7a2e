package io.dlrouter.replay;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Options that remember which of them were asked for: a name that nobody asks for is a mistyped one. */
final class AskedOptions extends AbstractMap<String, String> {
    private final Map<String, String> options;
    private final Set<String> names = new TreeSet<>();

    AskedOptions(Map<String, String> options) {
        this.options = options;
    }

    /** The names that were asked for, whether there is such an option or not. */
    Set<String> names() {
        return names;
    }

    @Override
    public @Nullable String get(Object name) {
        names.add((String) name);
        return options.get(name);
    }

    @Override
    public boolean containsKey(Object name) {
        names.add((String) name);
        return options.containsKey(name);
    }

    /** The one that looks at all of them has asked for each. */
    @Override
    public Set<Entry<String, String>> entrySet() {
        names.addAll(options.keySet());
        return options.entrySet();
    }
}
