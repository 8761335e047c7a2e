package io.dlrouter.core;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import java.util.Set;

/** Serves requests in one of the modes: in one piece, or split. Safe for use by many threads. */
interface RequestExecutor {

    /** The roles that a model needs a node of, each, to be served. */
    Set<Role> roles();

    /**
     * Places the request, sends it and waits for the answer to begin.
     *
     * @return to be closed by the caller
     * @throws RouterException if there is none
     */
    InferenceResponse execute(RequestContext request);

    /** The place that a request would get first; a mode that needs several gives the one that answers. */
    NodeLease lease(RequestContext request);
}
