package io.dlrouter.core;

import java.util.concurrent.atomic.AtomicBoolean;

/** A place on a node: counted there as in flight until it is closed. Closing twice is harmless. Safe for use by many threads. */
final class Place implements AutoCloseable {
    private final LiveNode node;
    private final Places places;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes over a place that has been counted on the node. */
    Place(LiveNode node, Places places) {
        this.node = node;
        this.places = places;
        places.held(node);
    }

    LiveNode node() {
        return node;
    }

    /** Where it was given, and where is to be said what became of it. */
    Places places() {
        return places;
    }

    /** One place more on the same node, for what outlasts a request there. */
    Place again() {
        node.acquire();
        return new Place(node, places);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            places.released(node);
        }
    }
}
