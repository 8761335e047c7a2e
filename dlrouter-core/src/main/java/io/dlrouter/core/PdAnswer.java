package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A node's answer as a client of a Prefill/Decode fleet is to see it: under the client's own request id. Owns the node's. */
final class PdAnswer implements InferenceResponse {
    private static final int FIRST_READ = 16 * 1024;
    private static final int MAX_PLAIN = 256 << 20;

    private final NodeResponse answer;
    private final HttpHeaders headers;
    private final InputStream body;
    private final Runnable onClose;

    private PdAnswer(NodeResponse answer, HttpHeaders headers, InputStream body) {
        this(answer, headers, body, () -> {});
    }

    private PdAnswer(NodeResponse answer, HttpHeaders headers, InputStream body, Runnable onClose) {
        this.answer = answer;
        this.headers = headers;
        this.body = body;
        this.onClose = onClose;
    }

    /** An answer whose body passes as it is. */
    static PdAnswer plain(NodeResponse answer, String requestId) {
        return new PdAnswer(answer, headers(answer, Map.of(Sender.REQUEST_ID, requestId)), answer.body());
    }

    /**
     * An answer whose body passes as it is, once there is something to pass on: the first bytes of a stream, or the
     * whole of a plain answer.
     *
     * @throws RouterException if it broke off before; it is then closed
     */
    static PdAnswer begun(NodeResponse answer, String requestId) {
        try {
            InputStream body = isStream(answer) ? begun(answer) : new ByteArrayInputStream(wholeJson(answer));
            return new PdAnswer(answer, headers(answer, Map.of(Sender.REQUEST_ID, requestId)), body);
        } catch (RuntimeException | Error e) {
            answer.close();
            throw e;
        }
    }

    private static InputStream begun(NodeResponse answer) {
        byte[] first = new byte[FIRST_READ];
        try {
            int count = answer.body().read(first);
            if (count < 0) {
                throw endedTooSoon(answer);
            }
            return new SequenceInputStream(new ByteArrayInputStream(first, 0, count), answer.body());
        } catch (IOException e) {
            throw reason(e);
        }
    }

    private static BadNodeResponseException endedTooSoon(NodeResponse answer) {
        return new BadNodeResponseException("The node " + answer.servedBy().address()
                + " answered with a stream that ended before its first event.");
    }

    /** This answer, with something more to be done when it is closed. */
    PdAnswer andThen(Runnable action) {
        return new PdAnswer(answer, headers, body, () -> {
            onClose.run();
            action.run();
        });
    }

    /** Whether the node's answer has been read to its end. */
    boolean isComplete() {
        return answer.isComplete();
    }

    /**
     * An answer that is edited: a stream as it comes, any other as a whole. Waits until there is something to pass on,
     * so that an answer which breaks off before it can still be replaced by another one.
     *
     * @throws RouterException if it broke off; it is then closed
     */
    static PdAnswer edited(NodeResponse answer, String requestId, AnswerEdit edit) {
        try {
            return isStream(answer) ? stream(answer, requestId, edit) : whole(answer, requestId, edit);
        } catch (RuntimeException | Error e) {
            answer.close();
            throw e;
        }
    }

    private static boolean saysJson(NodeResponse answer) {
        return answer.headers()
                .firstValue("content-type")
                .filter(type -> type.startsWith("application/json"))
                .isPresent();
    }

    static boolean isStream(InferenceResponse answer) {
        return answer.headers()
                .firstValue("content-type")
                .filter(type -> type.startsWith("text/event-stream"))
                .isPresent();
    }

    private static PdAnswer stream(NodeResponse answer, String requestId, AnswerEdit edit) {
        EditedEvents events = new EditedEvents(answer.body(), edit);
        try {
            if (!events.awaitFirst()) {
                throw endedTooSoon(answer);
            }
        } catch (IOException e) {
            throw reason(e);
        }
        return new PdAnswer(answer, withoutLength(headers(answer, Map.of(Sender.REQUEST_ID, requestId))), events);
    }

    /** How long an edited stream will be is not known when it begins. */
    private static HttpHeaders withoutLength(HttpHeaders headers) {
        return HttpHeaders.of(headers.map(), (name, value) -> !name.equalsIgnoreCase("Content-Length"));
    }

    private static PdAnswer whole(NodeResponse answer, String requestId, AnswerEdit edit) {
        byte[] body = edit.apply(wholeJson(answer));
        Map<String, String> set = Map.of(Sender.REQUEST_ID, requestId, "Content-Length", Integer.toString(body.length));
        return new PdAnswer(answer, headers(answer, set), new ByteArrayInputStream(body));
    }

    /** Reads an answer to its end. What says that it is JSON must be an object, or the list that answers a batch. */
    private static byte[] wholeJson(NodeResponse answer) {
        byte[] read = readWhole(answer);
        if (saysJson(answer) && !JsonObject.isOne(read) && !JsonArray.isOne(read)) {
            throw new BadNodeResponseException("The node " + answer.servedBy().address() + " answered with status "
                    + answer.status() + " and JSON that is not a whole object (" + read.length + " bytes).");
        }
        return read;
    }

    /**
     * Reads an answer to its end, which frees its place.
     *
     * @throws RouterException if it breaks off
     */
    static byte[] readWhole(NodeResponse answer) {
        try {
            byte[] body = answer.body().readNBytes(MAX_PLAIN);
            if (body.length == MAX_PLAIN && answer.body().read() >= 0) {
                throw new BadNodeResponseException("The node "
                        + answer.servedBy().address() + " gave a plain answer of more than " + MAX_PLAIN + " bytes.");
            }
            return body;
        } catch (IOException e) {
            throw reason(e);
        }
    }

    /** Reads an answer to its end and keeps nothing of it. */
    static void drain(NodeResponse answer) {
        try {
            answer.body().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw reason(e);
        }
    }

    static RouterException reason(IOException e) {
        return e.getCause() instanceof RouterException reason
                ? reason
                : new BadNodeResponseException(String.valueOf(e.getMessage()), e);
    }

    private static HttpHeaders headers(NodeResponse answer, Map<String, String> set) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(answer.headers().map());
        set.forEach((name, value) -> headers.put(name, List.of(value)));
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    @Override
    public int status() {
        return answer.status();
    }

    @Override
    public HttpHeaders headers() {
        return headers;
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public NodeSpec servedBy() {
        return answer.servedBy();
    }

    @Override
    public void close() {
        onClose.run();
        answer.close();
    }
}
