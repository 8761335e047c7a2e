package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import okio.Buffer;

/**
 * What goes back to the client. Its body is chunked, one chunk for each piece, unless a header tells its length.
 *
 * @param meeting what has to come about before the time starts that the response takes
 * @param headWait the time before status and headers go out
 * @param made what becomes of the response when that time has passed and it is still wanted, before anything of it goes out
 * @param bodyWait the time between the head and what follows it
 * @param pieces the body; begun after the head and made while it is written, so that a long stream is never held whole
 * @param afterwards run on the connection's thread when the last byte is out
 */
record Answer(
        int status,
        Map<String, String> headers,
        Optional<Meeting> meeting,
        Duration headWait,
        UnaryOperator<Answer> made,
        Duration bodyWait,
        Iterable<Piece> pieces,
        Runnable afterwards) {

    Answer {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = Collections.unmodifiableMap(copy);
    }

    static Answer canned(int status, Map<String, String> headers, List<byte[]> writes) {
        List<Piece> pieces = writes.stream().map(Piece::now).toList();
        return of(status, headers, pieces);
    }

    static Answer text(int status, String contentType, String body) {
        byte[] bytes = body.getBytes(UTF_8);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("content-length", Integer.toString(bytes.length));
        if (!contentType.isEmpty()) {
            headers.put("content-type", contentType);
        }
        List<Piece> pieces = bytes.length == 0 ? List.of() : List.of(Piece.now(bytes));
        return of(status, headers, pieces);
    }

    static Answer json(int status, Object body) {
        return text(status, "application/json", Json.text(body));
    }

    static Answer empty(int status) {
        return text(status, "", "");
    }

    static Answer events(Iterable<Piece> pieces) {
        Map<String, String> headers = Map.of("content-type", "text/event-stream; charset=utf-8");
        return of(200, headers, pieces);
    }

    Answer after(Duration wait) {
        return new Answer(status, headers, meeting, headWait.plus(wait), made, bodyWait, pieces, afterwards);
    }

    Answer onceMade(UnaryOperator<Answer> change) {
        return new Answer(status, headers, meeting, headWait, change, bodyWait, pieces, afterwards);
    }

    /** The same head, and so much later this body, which is asked for no earlier. */
    Answer thenBody(Duration wait, Iterable<Piece> body) {
        return new Answer(status, headers, meeting, headWait, made, wait, body, afterwards);
    }

    Answer afterMeeting(Optional<Meeting> first) {
        return new Answer(status, headers, first, headWait, made, bodyWait, pieces, afterwards);
    }

    /** Waits for the meeting; gives this response, or the error in its place when nothing came of it. */
    Answer settled(ClientInput client) throws IOException {
        return meeting.isPresent() ? meeting.get().await(client).orElse(this) : this;
    }

    /** The same body as the one event of a stream, which is a success by its status whatever this is. */
    Answer asEvent() {
        Buffer body = new Buffer();
        pieces.forEach(piece -> body.write(piece.bytes()));
        return events(List.of(Piece.event(Duration.ZERO, body.readUtf8()), Piece.event(Duration.ZERO, "[DONE]")));
    }

    Answer then(Runnable action) {
        return new Answer(status, headers, meeting, headWait, made, bodyWait, pieces, action);
    }

    Answer with(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        more.forEach(all::putIfAbsent);
        return new Answer(status, all, meeting, headWait, made, bodyWait, pieces, afterwards);
    }

    private static Answer of(int status, Map<String, String> headers, Iterable<Piece> pieces) {
        return new Answer(
                status,
                headers,
                Optional.empty(),
                Duration.ZERO,
                UnaryOperator.identity(),
                Duration.ZERO,
                pieces,
                () -> {});
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
