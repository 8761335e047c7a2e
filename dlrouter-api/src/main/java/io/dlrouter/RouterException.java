package io.dlrouter;

import org.jspecify.annotations.Nullable;

/**
 * A request that could not be served. The message is meant for the client: it names the model or node concerned and
 * never contains a prompt.
 */
public abstract sealed class RouterException extends RuntimeException
        permits BadNodeResponseException,
                InvalidRequestException,
                LegFailedException,
                ModelNotFoundException,
                NoNodeAvailableException,
                NodeTimeoutException,
                NodeUnreachableException,
                RequestCancelledException,
                RequestTooLargeException,
                ResponseNotFoundException,
                RouterClosedException,
                TooManyRequestsException,
                UnsupportedContentCodingException {
    private final int status;
    private final String code;

    RouterException(int status, String code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
        this.code = code;
    }

    /** The HTTP status for the client. */
    public int status() {
        return status;
    }

    /** The error code in {@code error.code} and in the header {@code x-dlrouter-error}. */
    public String code() {
        return code;
    }
}
