package io.dlrouter.backend.vllm;

/** What came is no heartbeat. */
final class MalformedHeartbeatException extends Exception {
    private final String reason;

    MalformedHeartbeatException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /** What is wrong with it, and what was expected. */
    String reason() {
        return reason;
    }
}
