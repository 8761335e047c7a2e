package io.dlrouter.simulator;

import java.io.IOException;
import java.time.Instant;

/** The client ended its connection while the engine was still at work for it. */
final class ClientLeftException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Instant noticed;

    ClientLeftException(Instant noticed) {
        super("client left");
        this.noticed = noticed;
    }

    Instant noticed() {
        return noticed;
    }
}
