package io.dlrouter.simulator;

import io.dlrouter.simulator.Breakage.End;
import io.dlrouter.simulator.Breakage.Unit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Something that goes wrong with a response. Unless narrowed it happens to every POST until it is cleared; a GET such as
 * {@code /health} fails only when {@linkplain #onPath named}. Immutable.
 *
 * <p>An injected 4xx or 503 turns the request away: the engine takes no part in it. Before every other fault the engine
 * takes it on, so that a decode engine has pulled the KV blocks by then. A prefill engine issues blocks when its own
 * response is made: what breaks before the headers aborts the request and leaves none held, what breaks after them leaves
 * them held, and an injected response, which is not its own, issues none. The engines of SGLang have met in their room, or
 * waited there in vain, by then: a prefill engine that hangs or breaks has let decode go on, and only one that turned the
 * request away leaves decode waiting. A decode engine of LMDeploy fetches the cache after the head of a stream and
 * before its first output, or before the head of a plain response: what breaks until then, and an injected response of any
 * status, leave the session on prefill alive.
 */
public final class Fault {
    static final Fault NONE =
            new Fault(null, Duration.ZERO, Hold.NONE, Breakage.NEVER, Duration.ZERO, Integer.MAX_VALUE, null);

    private static final Duration MOMENT = Duration.ofNanos(20_000);

    private final @Nullable Answer instead;
    private final Duration wait;
    private final Hold hold;
    private final Breakage breakage;
    private final Duration byteTime;
    private final int times;
    private final @Nullable String path;

    private Fault(
            @Nullable Answer instead,
            Duration wait,
            Hold hold,
            Breakage breakage,
            Duration byteTime,
            int times,
            @Nullable String path) {
        this.instead = instead;
        this.wait = wait;
        this.hold = hold;
        this.breakage = breakage;
        this.byteTime = byteTime;
        this.times = times;
        this.path = path;
    }

    /** Responses with this status and an empty JSON object. */
    public static Fault status(int code) {
        return status(code, "{}");
    }

    /** Responses with this status and JSON text. */
    public static Fault status(int code, String body) {
        return answering(Answer.text(code, "application/json", body));
    }

    /**
     * Responses with exactly this. Each write is flushed alone: as one chunk, or, when the headers tell a
     * {@code Content-Length}, as it is; a body shorter than that length ends with the connection.
     */
    public static Fault canned(int status, Map<String, String> headers, byte[]... writes) {
        return answering(Answer.canned(status, headers, List.of(writes)));
    }

    /** Responses 500 in plain text, as an LMDeploy engine does with an exception that nobody caught. */
    public static Fault internalError() {
        return answering(Answer.text(500, "text/plain; charset=utf-8", "Internal Server Error"));
    }

    /** Sends nothing, and keeps the connection open until the client disconnects or the engine stops. */
    public static Fault hangBeforeHeaders() {
        return breaking(End.HANG, Unit.HEAD, 0);
    }

    /** The same after the head. */
    public static Fault hangAfterHeaders() {
        return hangAfterEvents(0);
    }

    /** The same after the head and so many events of a stream. */
    public static Fault hangAfterEvents(int events) {
        return breaking(End.HANG, Unit.EVENTS, events);
    }

    /** Closes the connection in good order, as an engine does that gave up an idle one. */
    public static Fault cutBeforeHeaders() {
        return breaking(End.CUT, Unit.HEAD, 0);
    }

    /** The same after the head. */
    public static Fault cutAfterHeaders() {
        return cutAfterEvents(0);
    }

    /** The same after the head and so many events of a stream. */
    public static Fault cutAfterEvents(int events) {
        return breaking(End.CUT, Unit.EVENTS, events);
    }

    /** Closes in good order after so many bytes of the body, be it in the middle of an event. */
    public static Fault cutAfterBytes(long bytes) {
        return breaking(End.CUT, Unit.BYTES, bytes);
    }

    /** Resets the connection, as the kernel does for an engine that was killed. */
    public static Fault resetBeforeHeaders() {
        return breaking(End.RESET, Unit.HEAD, 0);
    }

    /** The same after the head. */
    public static Fault resetAfterHeaders() {
        return resetAfterEvents(0);
    }

    /** The same after the head and so many events of a stream. */
    public static Fault resetAfterEvents(int events) {
        return breaking(End.RESET, Unit.EVENTS, events);
    }

    /** The same after so many bytes of the body. */
    public static Fault resetAfterBytes(long bytes) {
        return breaking(End.RESET, Unit.BYTES, bytes);
    }

    /** Lets the response's head come later than it would. */
    public static Fault delay(Duration wait) {
        return new Fault(null, wait, Hold.NONE, Breakage.NEVER, Duration.ZERO, Integer.MAX_VALUE, null);
    }

    /**
     * Holds the response back before its head, however long that takes.
     *
     * @param release completes when the response may go on
     */
    public static Fault holdBeforeHeaders(CompletableFuture<Void> release) {
        return holding(new Hold(Hold.Place.HEAD, release));
    }

    /** The same between the head and the body. */
    public static Fault holdAfterHeaders(CompletableFuture<Void> release) {
        return holding(new Hold(Hold.Place.BODY, release));
    }

    private static Fault holding(Hold hold) {
        return new Fault(null, Duration.ZERO, hold, Breakage.NEVER, Duration.ZERO, Integer.MAX_VALUE, null);
    }

    /** Writes each byte of the response, head and framing included, in a packet of its own. */
    public static Fault byteByByte() {
        return trickle(MOMENT);
    }

    /** The same, with so long a pause after each byte. */
    public static Fault trickle(Duration pause) {
        return new Fault(null, Duration.ZERO, Hold.NONE, Breakage.NEVER, pause, Integer.MAX_VALUE, null);
    }

    /** The same, for the next so many requests that it applies to. */
    public Fault times(int requests) {
        if (requests < 1) {
            throw new IllegalArgumentException("times: " + requests + " (expected: 1 or more)");
        }
        return new Fault(instead, wait, hold, breakage, byteTime, requests, path);
    }

    /** The same, for this path only, whatever the method. */
    public Fault onPath(String only) {
        return new Fault(instead, wait, hold, breakage, byteTime, times, only);
    }

    /** The same {@link #status} or {@link #canned} response with a {@code Retry-After} header. */
    public Fault retryAfter(String value) {
        if (instead == null) {
            throw new IllegalArgumentException(
                    "retryAfter: " + value + " (expected: only on a status or canned fault)");
        }
        return new Fault(instead.with(Map.of("retry-after", value)), wait, hold, breakage, byteTime, times, path);
    }

    boolean appliesTo(RecordedRequest request) {
        return path == null ? request.isInference() : path.equals(request.path()) && !request.controlsSimulator();
    }

    /** The injected response that turns the request away, if it is one that does. */
    Optional<Answer> refusal() {
        return Optional.ofNullable(instead).filter(answer -> answer.status() / 100 == 4 || answer.status() == 503);
    }

    /** The injected response, if there is one, in the place of the engine's own. */
    Answer insteadOf(Answer own) {
        return instead == null ? own : instead;
    }

    Duration extraWait() {
        return wait;
    }

    Hold hold() {
        return hold;
    }

    Breakage breakage() {
        return breakage;
    }

    /** The pause after each byte, zero when bytes go out as they are written. */
    Duration byteTime() {
        return byteTime;
    }

    int times() {
        return times;
    }

    static Fault breaking(End end, Unit unit, long after) {
        if (after < 0) {
            throw new IllegalArgumentException(unit + ": " + after + " (expected: 0 or more)");
        }
        return new Fault(
                null, Duration.ZERO, Hold.NONE, new Breakage(end, unit, after), Duration.ZERO, Integer.MAX_VALUE, null);
    }

    private static Fault answering(Answer answer) {
        return new Fault(answer, Duration.ZERO, Hold.NONE, Breakage.NEVER, Duration.ZERO, Integer.MAX_VALUE, null);
    }
}
