package io.dlrouter;

/** Where a node stands between its registration and its removal. Only a ready node gets new requests. */
public enum NodeState {
    /** Its models are not known yet, or the engine says that it does not serve at the moment. */
    STARTING,
    /** Routable. */
    READY,
    /** Failed too often: not routable, still probed, comes back by itself. */
    EJECTED,
    /** Takes no new request and is removed when its last one ends. */
    DRAINING
}
