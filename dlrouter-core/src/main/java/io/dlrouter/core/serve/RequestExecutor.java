package io.dlrouter.core.serve;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.request.RequestContext;
import java.util.Set;

/** Serves requests in one of the modes: in one piece, or split. Safe for use by many threads. */
public interface RequestExecutor extends AutoCloseable {

    /** The roles that a model needs a node of, each, to be served. */
    Set<Role> roles();

    /**
     * Places the request, sends it and waits for the response to begin.
     *
     * @return to be closed by the caller
     * @throws RouterException if there is none
     */
    InferenceResponse execute(RequestContext request);

    /** The place that a request would get first; a mode that needs several gives the one that responds. */
    NodeLease lease(RequestContext request);

    /** Why a request that is split cannot be placed without being sent. */
    static IllegalStateException noSingleLease() {
        return new IllegalStateException(
                "a lease on one node is not available with Prefill/Decode (expected: Router.route)");
    }

    /** Frees the threads, if it has any. */
    @Override
    default void close() {}
}
