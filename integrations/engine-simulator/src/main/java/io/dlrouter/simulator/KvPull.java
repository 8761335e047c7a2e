package io.dlrouter.simulator;

import java.util.stream.Stream;

/** What comes of an attempt to fetch blocks from a prefill engine. */
enum KvPull {
    DONE(200, false),
    /** It never issued exactly these parameters, or they are long forgotten. */
    UNKNOWN(404, true),
    SPENT(409, true),
    EXPIRED(410, false),
    /** They were issued to a request of another id. */
    OTHER_REQUEST(422, true);

    private final int status;
    private final boolean violation;

    KvPull(int status, boolean violation) {
        this.status = status;
        this.violation = violation;
    }

    static KvPull ofStatus(int status) {
        return Stream.of(values())
                .filter(pull -> pull.status == status)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "status: " + status + " (expected: the answer of a prefill engine)"));
    }

    int status() {
        return status;
    }

    /** Whether only a mistake of the router leads there. */
    boolean isViolation() {
        return violation;
    }
}
