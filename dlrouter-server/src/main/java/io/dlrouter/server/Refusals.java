package io.dlrouter.server;

import io.dlrouter.core.openai.OpenAiError;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;

/** Turns requests away before the router sees them: each is answered, counted and logged. */
final class Refusals {
    private final Telemetry telemetry;

    Refusals(Telemetry telemetry) {
        this.telemetry = telemetry;
    }

    void refuse(ErrorBody error, Request request, Response response, Callback callback) {
        telemetry.refused(ended(request, error), error.code());
        error.send(request, response, callback);
    }

    private static RoutedRequest ended(Request request, ErrorBody error) {
        return new RoutedRequest(
                Objects.requireNonNullElse(request.getHeaders().get(ErrorBody.REQUEST_ID), ""),
                Optional.of(Request.getRemoteAddr(request)),
                InferenceHandler.path(request),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                OptionalInt.of(error.status()),
                OpenAiError.isPressure(error.status()) ? Outcome.OVERLOADED : Outcome.REFUSED,
                Optional.of(error.code()),
                Duration.ZERO,
                Optional.empty(),
                Duration.ofNanos(NanoTime.since(request.getBeginNanoTime())),
                Optional.empty(),
                Optional.empty(),
                error.json(InferenceHandler.path(request)).length);
    }
}
