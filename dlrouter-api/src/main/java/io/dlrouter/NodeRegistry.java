package io.dlrouter;

import java.time.Duration;
import java.util.List;

/**
 * The table of nodes. Safe for use by many threads. A change is written to the node table's file, if there is one,
 * before the call returns; if that fails the change is not made and the call throws
 * {@link java.io.UncheckedIOException}.
 */
public interface NodeRegistry {

    /**
     * Registers a node, or renews the description of one that is known under this address and keeps its requests
     * counted. A node without models is asked for them, for at most five seconds; if it does not answer it is
     * {@link NodeState#STARTING} until it does.
     *
     * @throws IllegalArgumentException if the router has no backend of that name
     */
    void add(NodeSpec spec);

    /**
     * Registers a node that is to be announced again and again. It is taken out when it has been neither announced nor
     * passed a probe for its lifetime, is never written to the node table's file, and is not asked anything by this
     * call: its models become known with its first probe. To announce a node again as it is known costs
     * next to nothing; another description replaces the one that was announced before. A node that came by {@link #add}
     * or from the configuration stays as it was described there, and never expires.
     *
     * @param lifetime more than zero
     * @throws IllegalArgumentException if the router has no backend of that name
     */
    void announce(NodeSpec node, Duration lifetime);

    /**
     * Takes a node out at once. Requests that it serves go on to their end.
     *
     * @return false if there is no such node
     */
    boolean remove(NodeAddress address);

    /**
     * Gives a node no new request and takes it out when its last one ends.
     *
     * @return false if there is no such node
     */
    boolean drain(NodeAddress address);

    /**
     * Asks the engine to end itself and takes the node out, with the other ranks of the same engine.
     *
     * @return false if there is no such node
     * @throws NodeUnreachableException if the engine does not answer; the node stays
     * @throws BadNodeResponseException if the engine refuses; the node stays
     */
    boolean terminate(NodeAddress address);

    /** All nodes in the order of their registration, whatever their state. */
    List<NodeStatus> all();
}
