package io.dlrouter.core.serve;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.request.RequestContext;
import java.util.Set;

/** Serves requests in one mode, hybrid or split. Safe for use by many threads. */
public interface RequestExecutor extends AutoCloseable {

    /** The roles that a model needs nodes of. */
    Set<Role> roles();

    /**
     * Leases nodes, sends the request and waits for the response to begin.
     *
     * @return to be closed by the caller
     * @throws RouterException if there is no response
     */
    InferenceResponse execute(RequestContext request);

    /** The lease of a request in hybrid mode. */
    NodeLease lease(RequestContext request);

    /** Why a split request has no single lease. */
    static IllegalStateException noSingleLease() {
        return new IllegalStateException(
                "a lease on one node is not available with Prefill/Decode (expected: Router.route)");
    }

    /** Ends the threads, if there are any. */
    @Override
    default void close() {}
}
