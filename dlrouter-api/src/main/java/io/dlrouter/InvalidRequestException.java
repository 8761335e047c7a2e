package io.dlrouter;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The body is not a JSON object, or a member that the router reads is invalid. */
public final class InvalidRequestException extends RouterException {
    private final @Nullable String param;

    /** With a message for the client, and the invalid member of the body, if there is one. */
    public InvalidRequestException(String message, @Nullable String param) {
        super(400, "invalid_request", message, null);
        this.param = param;
    }

    /** The invalid member of the body. */
    public Optional<String> param() {
        return Optional.ofNullable(param);
    }
}
