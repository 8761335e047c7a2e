package io.dlrouter.server.options;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/** Options that have a meaning with some backends only. */
interface BackendOptions {

    /** The names of those backends. */
    Set<String> backends();

    /** Whether a group of options means something to one of these backends at least. */
    static boolean fit(CommandSpec group, Collection<String> backends) {
        return !(group.userObject() instanceof BackendOptions options)
                || !Collections.disjoint(options.backends(), backends);
    }
}
