package io.dlrouter;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The body is not a JSON object, or a member that the router must read has no meaning for it. */
public final class InvalidRequestException extends RouterException {
    private final @Nullable String param;

    /** With a message for the client, and the member of the body that is at fault, if one is. */
    public InvalidRequestException(String message, @Nullable String param) {
        super(400, "invalid_request", message, null);
        this.param = param;
    }

    /** The member of the body that is at fault. */
    public Optional<String> param() {
        return Optional.ofNullable(param);
    }
}
