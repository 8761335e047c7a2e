package io.dlrouter.server;

import java.util.Set;

/** Options that have a meaning with some backends only. */
interface BackendOptions {

    /** The names of those backends. */
    Set<String> backends();
}
