package io.dlrouter.simulator;

import java.util.Optional;

/**
 * One side of what stands between a prefill and a decode engine.
 *
 * @param endpoint what this side responded for the other to connect to
 * @param peerLife the life that the other side was in, empty when it could not be asked
 * @param connected whether this side was told to connect
 * @param confirmed whether the router was told that it did
 */
record Link(RawJson endpoint, Optional<Long> peerLife, boolean connected, boolean confirmed) {
    static Link initialized(RawJson endpoint, Optional<Long> peerLife) {
        return new Link(endpoint, peerLife, false, false);
    }

    Link connectedNow() {
        return new Link(endpoint, peerLife, true, false);
    }

    Link confirmedNow() {
        return new Link(endpoint, peerLife, connected, true);
    }
}
