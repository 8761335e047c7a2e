package io.dlrouter.core.observe;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.LegFailedException;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterClosedException;
import io.dlrouter.RouterException;
import io.dlrouter.TooManyRequestsException;
import io.dlrouter.spi.Outcome;

/**
 * The result of a request or an attempt.
 *
 * @param reason for logs
 */
public record AttemptResult(Outcome outcome, String reason) {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    public static final AttemptResult COMPLETED = new AttemptResult(Outcome.COMPLETED, "answered in order");
    /** A failure that the caller of {@link io.dlrouter.Lease#failed()} reports. */
    public static final AttemptResult REPORTED_AS_FAILED =
            new AttemptResult(Outcome.UNREACHABLE, "a caller says that it failed");

    public static final AttemptResult CANCELLED = new AttemptResult(Outcome.CANCELLED, "cancelled");

    /** The result of a complete response with this status. */
    public static AttemptResult of(int status) {
        String reason = "answered with status " + status;
        if (status < 400) {
            return COMPLETED;
        }
        if (status == TOO_MANY_REQUESTS || status == UNAVAILABLE) {
            return new AttemptResult(Outcome.OVERLOADED, reason);
        }
        return new AttemptResult(status < 500 ? Outcome.REFUSED : Outcome.FAILED, reason);
    }

    public static AttemptResult of(RouterException e) {
        return new AttemptResult(outcome(e), String.valueOf(e.getMessage()));
    }

    /** A response that broke off. */
    public static AttemptResult cut(RouterException e) {
        return e instanceof BadNodeResponseException
                ? new AttemptResult(Outcome.BROKEN_OFF, String.valueOf(e.getMessage()))
                : of(e);
    }

    private static Outcome outcome(RouterException e) {
        if (e instanceof LegFailedException && e.getCause() instanceof RouterException cause) {
            return outcome(cause);
        }
        if (e instanceof NodeUnreachableException) {
            return Outcome.UNREACHABLE;
        }
        if (e instanceof NodeTimeoutException) {
            return Outcome.TIMED_OUT;
        }
        if (e instanceof RequestCancelledException || e instanceof RouterClosedException) {
            return Outcome.CANCELLED;
        }
        if (e instanceof TooManyRequestsException || e instanceof NoNodeAvailableException) {
            return Outcome.OVERLOADED;
        }
        return e instanceof InvalidRequestException || e instanceof ModelNotFoundException
                ? Outcome.REFUSED
                : Outcome.FAILED;
    }

    /** Whether the node is at fault. */
    public boolean isFailure() {
        return switch (outcome) {
            case FAILED, UNREACHABLE, TIMED_OUT, BROKEN_OFF -> true;
            case COMPLETED, REFUSED, OVERLOADED, CANCELLED -> false;
        };
    }
}
