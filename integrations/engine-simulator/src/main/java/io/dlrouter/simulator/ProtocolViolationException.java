package io.dlrouter.simulator;

import java.io.IOException;

/** A request whose HTTP is wrong in a way that a router must never let through; its message says what was found and expected. */
final class ProtocolViolationException extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolViolationException(String message) {
        super(message);
    }
}
