package io.dlrouter;

import java.util.List;
import java.util.Optional;

/**
 * Places OpenAI-compatible requests on the nodes of a fleet. Safe for use by many threads; one router is meant to be
 * shared. Made by {@code io.dlrouter.core.RouterBuilder}; whoever builds it closes it.
 */
public interface Router extends AutoCloseable {

    /** As {@link #route(InferenceRequest, Cancellation)}, for a caller that never changes its mind. */
    default InferenceResponse route(InferenceRequest request) {
        return route(request, new Cancellation());
    }

    /**
     * Sends a request to a node and returns when the answer has begun: its status and headers are in and, if it is no
     * error, the first byte of its body. Blocks the calling thread. The node's answer is passed on as it is, whatever its
     * status. A node that cannot be reached, breaks off before that, or turns the request away for want of room is
     * replaced by another before the caller hears of it.
     *
     * @param request its body is forwarded byte for byte, less the members that only a router may set
     * @param cancellation ends the work on the node at once, before and after the answer's first byte
     * @return the answer; the caller closes it
     * @throws RouterException if the request cannot be placed, or no node that it was placed on could be reached
     */
    InferenceResponse route(InferenceRequest request, Cancellation cancellation);

    /**
     * Places a request without sending it, for a caller that does its own HTTP.
     *
     * @return the place, counted as a request in flight until the caller closes it
     * @throws IllegalStateException if this router splits requests between prefill and decode nodes, so that no one
     *     place serves them
     * @throws RouterException if the request cannot be placed
     */
    Lease lease(InferenceRequest request);

    /** The table of nodes. */
    NodeRegistry nodes();

    /** The models of all nodes that are not ejected, one card a model. */
    List<ModelCard> models();

    /** How many requests wait for a place at the moment, because each node that could take them is at its limit. */
    int waiting();

    /** Why no request could be placed at the moment; empty if one could. */
    Optional<String> notReady();

    /** What this router runs, as it stands at the moment: for a line in a log, or a page about a service's health. */
    RouterDescription describe();

    /**
     * Makes all links between prefill and decode nodes, which else the first requests of each pair wait for. Those that
     * stand are left alone. Blocks until each is made or has failed, which takes a minute at most for each of a node.
     *
     * @return one report for each pair of ready nodes that share a model; none if the nodes need no links
     */
    List<LinkReport> linkAll();

    /**
     * Ends the requests under way and frees all connections and threads. From then on the router places no request, but
     * throws {@link RouterClosedException}. Closing again does nothing.
     */
    @Override
    void close();
}
