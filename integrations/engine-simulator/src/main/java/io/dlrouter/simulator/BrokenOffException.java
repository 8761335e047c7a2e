package io.dlrouter.simulator;

import java.io.IOException;

/** The response ended where it was told to break; its connection has to end in the given way. */
final class BrokenOffException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Breakage.End end;

    BrokenOffException(Breakage.End end) {
        super("answer broken off: " + end);
        this.end = end;
    }

    Breakage.End end() {
        return end;
    }
}
