package io.dlrouter.server.inference;

import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.core.openai.OpenAiError;
import io.dlrouter.server.http.ErrorResponse;
import io.dlrouter.server.http.RequestPath;
import io.dlrouter.server.metrics.GatewayListeners;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;

/** The requests that are rejected before they are routed: each gets an error response, and is counted and logged. */
public final class RejectedRequests {
    private final GatewayListeners listeners;

    public RejectedRequests(GatewayListeners listeners) {
        this.listeners = listeners;
    }

    void reject(ErrorResponse error, Request request, Response response, Callback callback) {
        listeners.rejected(rejected(request, error), error.code());
        error.send(request, response, callback);
    }

    private static RoutedRequest rejected(Request request, ErrorResponse error) {
        return RoutedRequest.builder()
                .requestId(Objects.requireNonNullElse(request.getHeaders().get(ErrorResponse.REQUEST_ID), ""))
                .client(Optional.of(Request.getRemoteAddr(request)))
                .route(InferencePaths.route(RequestPath.of(request)))
                .status(OptionalInt.of(error.status()))
                .outcome(OpenAiError.isPressure(error.status()) ? Outcome.OVERLOADED : Outcome.REFUSED)
                .error(Optional.of(error.code()))
                .whole(Duration.ofNanos(NanoTime.since(request.getBeginNanoTime())))
                .bytes(error.json(RequestPath.of(request)).length)
                .build();
    }
}
