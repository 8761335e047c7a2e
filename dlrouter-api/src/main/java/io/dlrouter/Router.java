package io.dlrouter;

import java.util.List;
import java.util.Optional;

/**
 * Routes OpenAI-compatible requests over the nodes of a fleet. Safe for use by many threads; share one router in a
 * service. Created by {@code io.dlrouter.core.RouterBuilder}; the creator closes it.
 */
public interface Router extends AutoCloseable {

    /** As {@link #route(InferenceRequest, Cancellation)}, without cancellation. */
    default InferenceResponse route(InferenceRequest request) {
        return route(request, new Cancellation());
    }

    /**
     * Sends a request to a node and returns when the response has begun: status and headers have arrived and, unless
     * the status is an error, the first byte of the body. Blocks the calling thread. Responses of nodes are returned
     * unchanged, with any status. Until the first byte, a node that cannot be reached, fails, or rejects the request
     * for lack of capacity is replaced by another one.
     *
     * @param request its body is forwarded byte for byte, except for members that only the router may set
     * @param cancellation ends the work on the node at once, before and after the first byte of the response
     * @return the response; the caller closes it
     * @throws RouterException if no node is available, or the request failed on each node that was tried
     */
    InferenceResponse route(InferenceRequest request, Cancellation cancellation);

    /**
     * Leases a node without sending the request, for callers with their own HTTP client.
     *
     * @return the lease, counted as a request in flight until the caller closes it
     * @throws IllegalStateException if this router splits requests between prefill and decode nodes
     * @throws RouterException if no node is available
     */
    Lease lease(InferenceRequest request);

    /** The node table. */
    NodeRegistry nodes();

    /** The models of all nodes that are not ejected, one card for each. */
    List<ModelCard> models();

    /** The number of requests that wait for capacity. */
    int waiting();

    /** Why no request could be served at the moment; empty if one could. */
    Optional<String> notReady();

    /** The configuration and state of this router, for a log line or a status page. */
    RouterDescription describe();

    /**
     * Links all prefill and decode nodes in advance; otherwise the first request of each pair waits for its link.
     * Established links are kept. Blocks until each link is established or has failed, at most a minute for each link
     * of a node.
     *
     * @return one report for each pair of ready nodes with a common model; empty if the backend needs no links
     */
    List<LinkReport> linkAll();

    /**
     * Ends open requests and releases all connections and threads. Later requests throw {@link RouterClosedException}.
     * Closing twice is harmless.
     */
    @Override
    void close();
}
