package io.dlrouter.core.request;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BodyEdit;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Names that only the router may set in a request, and that are removed from each client request. Immutable.
 *
 * @param members names of top-level members of the body
 * @param headers names of headers, in any case of letters
 */
public record ReservedNames(Set<String> members, Set<String> headers) {
    /** Nothing is reserved. */
    public static final ReservedNames NONE = new ReservedNames(Set.of(), Set.of());

    public ReservedNames {
        members = Set.copyOf(members);
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(headers);
        headers = Collections.unmodifiableSet(names);
    }

    /** All names that these backends reserve. */
    public static ReservedNames of(Collection<BackendAdapter> backends) {
        Set<String> members = new HashSet<>();
        Set<String> headers = new HashSet<>();
        for (BackendAdapter backend : backends) {
            members.addAll(backend.reservedMembers());
            headers.addAll(backend.reservedHeaders());
        }
        return new ReservedNames(members, headers);
    }

    /** An edit that also removes the reserved members; it still sets its own. */
    public BodyEdit removedBy(BodyEdit edit) {
        if (edit.removed().isEmpty()) {
            return new BodyEdit(members, edit.set());
        }
        Set<String> removed = new HashSet<>(members);
        removed.addAll(edit.removed());
        return new BodyEdit(removed, edit.set());
    }
}
