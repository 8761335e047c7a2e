package io.dlrouter.simulator;

/**
 * Where a response fails, and how. In terms of {@link Unit#HEAD} it does so before the head.
 *
 * @param after how many whole events, or bytes of the body, still go out
 */
record Breakage(End end, Unit unit, long after) {
    static final Breakage NEVER = new Breakage(End.HANG, Unit.EVENTS, Long.MAX_VALUE);

    enum End {
        /** Nothing more comes, the connection stays open. */
        HANG,
        /** The connection is closed in good order, the body incomplete. */
        CUT,
        /** The connection is reset. */
        RESET
    }

    enum Unit {
        HEAD,
        EVENTS,
        BYTES
    }

    boolean beforeHead() {
        return unit == Unit.HEAD;
    }

    boolean reached(long events, long bytes) {
        return (unit == Unit.EVENTS && events >= after) || (unit == Unit.BYTES && bytes >= after);
    }

    /** How many bytes of the next piece may still go out, given those already sent. */
    int allowed(long sent, int length) {
        return unit == Unit.BYTES ? (int) Math.min(length, after - sent) : length;
    }
}
