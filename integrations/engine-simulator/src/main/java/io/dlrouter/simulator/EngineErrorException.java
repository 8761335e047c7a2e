package io.dlrouter.simulator;

import org.jspecify.annotations.Nullable;

/** A request that the engine refuses; its {@link Dialect} gives the refusal its shape. */
final class EngineErrorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable String param;

    EngineErrorException(int status, String message, @Nullable String param) {
        super(message);
        this.status = status;
        this.param = param;
    }

    static EngineErrorException badRequest(String message) {
        return new EngineErrorException(400, message, null);
    }

    String text() {
        return String.valueOf(getMessage());
    }

    int status() {
        return status;
    }

    @Nullable
    String param() {
        return param;
    }
}
