package io.dlrouter.benchmark;

/** How a request ended for the client that sent it. */
enum Ending {
    WHOLE("whole"),
    /** A status other than 200. */
    REFUSED("refused"),
    /** Nothing of a body had come when the connection failed. */
    UNANSWERED("unanswered"),
    TOLD("stream broken off, and told so"),
    TORN("broken off, and not told so"),
    UNSOUND("NOT WHOLE"),
    LEFT("left by the client");

    private final String text;

    Ending(String text) {
        this.text = text;
    }

    /** Whether it failed before the first byte of a response reached the client, so that the gateway could have retried. */
    boolean failedEarly() {
        return this == REFUSED || this == UNANSWERED;
    }

    @Override
    public String toString() {
        return text;
    }
}
