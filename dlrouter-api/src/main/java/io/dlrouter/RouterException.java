package io.dlrouter;

import org.jspecify.annotations.Nullable;

/**
 * A request that could not be placed or answered. The message is for the client: it names the model or the node it is
 * about and never contains a prompt.
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

    /** The HTTP status that says this to a client. */
    public int status() {
        return status;
    }

    /** The word that stands for this in {@code error.code} and in the header {@code x-dlrouter-error}. */
    public String code() {
        return code;
    }
}
