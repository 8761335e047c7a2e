package io.dlrouter.simulator;

import java.util.concurrent.CompletableFuture;

/**
 * A response that goes no further until something else has happened.
 *
 * @param place before its head, or before the first byte of its body
 * @param release completes when it may go on
 */
record Hold(Place place, CompletableFuture<Void> release) {
    static final Hold NONE = new Hold(Place.HEAD, CompletableFuture.completedFuture(null));

    enum Place {
        HEAD,
        BODY
    }
}
