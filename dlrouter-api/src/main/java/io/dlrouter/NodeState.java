package io.dlrouter;

/** The state of a node between registration and removal. Only a ready node gets new requests. */
public enum NodeState {
    /** Its models are not known yet, or the engine reports that it does not serve at the moment. */
    STARTING,
    /** Routable. */
    READY,
    /** Failed too often: not routable, still probed, returns by itself. */
    EJECTED,
    /** Gets no new requests and is removed after its last one. */
    DRAINING
}
