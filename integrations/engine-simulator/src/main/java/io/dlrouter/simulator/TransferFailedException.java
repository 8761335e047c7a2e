package io.dlrouter.simulator;

/** The KV cache that a request was to start from did not come, and the engine does not compute it anew. */
final class TransferFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TransferFailedException(String message) {
        super(message);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
