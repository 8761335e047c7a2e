package io.dlrouter;

import java.time.Duration;
import java.util.List;

/**
 * The node table. Safe for use by many threads. A change is written to the file of the node table, if there is one,
 * before the call returns. If that fails, the change is not made and the call throws {@link
 * java.io.UncheckedIOException}.
 */
public interface NodeRegistry {

    /**
     * Registers a node, or renews the description of a known address and keeps its requests counted. A node without
     * models is asked for them, for at most five seconds; until it responds it is {@link NodeState#STARTING}.
     *
     * @throws IllegalArgumentException if the router has no backend of that name
     */
    void add(NodeSpec spec);

    /**
     * Registers a node that is announced repeatedly. It is removed when it has been neither announced nor passed a
     * probe for its lifetime. It is not persisted, and this call sends it no request: its models become known with its
     * first probe. Announcing a node again unchanged is cheap; another description replaces the previous one. A node
     * that was registered by {@link #add} or by the configuration keeps that description and never expires.
     *
     * @param lifetime more than zero
     * @throws IllegalArgumentException if the router has no backend of that name
     */
    void announce(NodeSpec node, Duration lifetime);

    /**
     * Removes a node at once. Its requests continue to their end.
     *
     * @return false if there is no such node
     */
    boolean remove(NodeAddress address);

    /**
     * Sends a node no new requests, and removes it when its last one ends.
     *
     * @return false if there is no such node
     */
    boolean drain(NodeAddress address);

    /**
     * Asks the engine to terminate, and removes the node and the other ranks of the engine.
     *
     * @return false if there is no such node
     * @throws NodeUnreachableException if the engine does not respond; the node stays
     * @throws BadNodeResponseException if the engine refuses; the node stays
     */
    boolean terminate(NodeAddress address);

    /** All nodes in order of registration, in any state. */
    List<NodeStatus> all();
}
