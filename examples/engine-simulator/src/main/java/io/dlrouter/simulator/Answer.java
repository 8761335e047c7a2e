package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What goes back to the client. Its body is chunked, one chunk for each piece, unless a header tells its length.
 *
 * @param headWait the time before status and headers go out
 * @param pieces the body; made while it is written, so that a long stream is never held whole
 * @param afterwards run on the connection's thread when the last byte is out
 */
record Answer(int status, Map<String, String> headers, Duration headWait, Iterable<Piece> pieces, Runnable afterwards) {

    Answer {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = Collections.unmodifiableMap(copy);
    }

    static Answer canned(int status, Map<String, String> headers, List<byte[]> writes) {
        List<Piece> pieces = writes.stream().map(Piece::now).toList();
        return new Answer(status, headers, Duration.ZERO, pieces, () -> {});
    }

    static Answer text(int status, String contentType, String body) {
        byte[] bytes = body.getBytes(UTF_8);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("content-length", Integer.toString(bytes.length));
        if (!contentType.isEmpty()) {
            headers.put("content-type", contentType);
        }
        List<Piece> pieces = bytes.length == 0 ? List.of() : List.of(Piece.now(bytes));
        return new Answer(status, headers, Duration.ZERO, pieces, () -> {});
    }

    static Answer json(int status, Object body) {
        return text(status, "application/json", Json.text(body));
    }

    static Answer empty(int status) {
        return text(status, "", "");
    }

    static Answer events(Iterable<Piece> pieces) {
        Map<String, String> headers = Map.of("content-type", "text/event-stream; charset=utf-8");
        return new Answer(200, headers, Duration.ZERO, pieces, () -> {});
    }

    Answer after(Duration wait) {
        return new Answer(status, headers, headWait.plus(wait), pieces, afterwards);
    }

    Answer then(Runnable action) {
        return new Answer(status, headers, headWait, pieces, action);
    }

    Answer with(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        more.forEach(all::putIfAbsent);
        return new Answer(status, all, headWait, pieces, afterwards);
    }

    /** The length that the headers promise, -1 for a chunked body. */
    long contentLength() {
        return Optional.ofNullable(headers.get("content-length"))
                .map(Long::parseLong)
                .orElse(-1L);
    }

    String reason() {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 422 -> "Unprocessable Entity";
            case 429 -> "Too Many Requests";
            case 500 -> "Internal Server Error";
            case 503 -> "Service Unavailable";
            default -> "Status " + status;
        };
    }
}
