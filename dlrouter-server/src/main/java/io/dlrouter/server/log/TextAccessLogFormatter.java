package io.dlrouter.server.log;

import static java.util.stream.Collectors.joining;

import io.dlrouter.spi.RoutedRequest;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Access log lines in the common log format, followed by further fields with their names. An unknown value is a
 * dash.
 */
final class TextAccessLogFormatter implements AccessLogFormatter {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);
    private static final String NONE = "-";

    @Override
    public String format(RoutedRequest request, ZonedDateTime time) {
        return request.client().orElse(NONE)
                + " - - [" + TIME.format(time) + "] "
                + LogValue.quoted("POST " + LogValue.truncated(request.route()))
                + " " + (request.status().isPresent() ? request.status().getAsInt() : NONE)
                + " " + request.bytes()
                + " id=" + quotedOrDash(request.requestId())
                + " model="
                + request.model().map(TextAccessLogFormatter::quotedOrDash).orElse(NONE)
                + " node="
                + request.servedBy().map(node -> quoted(node.address())).orElse(NONE)
                + " nodes=" + nodes(request)
                + " outcome=" + request.outcome().name().toLowerCase(Locale.ROOT)
                + " error=" + request.error().orElse(NONE)
                + " attempts=" + request.attempts().size()
                + " waited_ms=" + request.waited().toMillis()
                + " first_byte_ms=" + millis(request.firstByte())
                + " whole_ms=" + request.whole().toMillis()
                + decisions(request);
    }

    private static String decisions(RoutedRequest request) {
        List<String> decisions = AccessLogFormatter.decisions(request);
        return decisions.isEmpty() ? "" : " decisions=[" + String.join(",", decisions) + "]";
    }

    private static String quotedOrDash(String value) {
        return value.isEmpty() ? NONE : LogValue.quoted(LogValue.truncated(value));
    }

    private static String quoted(Object value) {
        return LogValue.quoted(value.toString());
    }

    private static String nodes(RoutedRequest request) {
        return request.attempts().isEmpty()
                ? NONE
                : quoted(AccessLogFormatter.nodes(request).stream()
                        .map(Object::toString)
                        .collect(joining(" ")));
    }

    private static String millis(Optional<Duration> time) {
        return time.map(known -> String.valueOf(known.toMillis())).orElse(NONE);
    }
}
