package io.dlrouter.core.pd;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import io.dlrouter.core.http.HeaderRules;
import io.dlrouter.core.http.NodeCall;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.serve.NodeResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A node's response as a client of a Prefill/Decode fleet sees it, with the client's request id. Owns the node's
 * response.
 */
public final class EditedResponse implements InferenceResponse {
    private static final int FIRST_READ = 16 * 1024;
    private static final int MAX_PLAIN = 256 << 20;

    private final NodeResponse response;
    private final HttpHeaders headers;
    private final InputStream body;
    private final Runnable onClose;

    private EditedResponse(NodeResponse response, HttpHeaders headers, InputStream body) {
        this(response, headers, body, () -> {});
    }

    private EditedResponse(NodeResponse response, HttpHeaders headers, InputStream body, Runnable onClose) {
        this.response = response;
        this.headers = headers;
        this.body = body;
        this.onClose = onClose;
    }

    /** A response with an unchanged body. */
    public static EditedResponse plain(NodeResponse response, String requestId) {
        return new EditedResponse(
                response, headers(response, Map.of(HeaderRules.REQUEST_ID, requestId)), response.body());
    }

    /**
     * A response with an unchanged body, once there is something to pass on: the first bytes of a stream, or a complete
     * plain response.
     *
     * @throws RouterException if it failed before; it is then closed
     */
    public static EditedResponse begun(NodeResponse response, String requestId) {
        try {
            InputStream body = HeaderRules.isEventStream(response.headers())
                    ? begun(response)
                    : new ByteArrayInputStream(wholeJson(response));
            return new EditedResponse(response, headers(response, Map.of(HeaderRules.REQUEST_ID, requestId)), body);
        } catch (RuntimeException | Error e) {
            response.close();
            throw e;
        }
    }

    private static InputStream begun(NodeResponse response) {
        byte[] first = new byte[FIRST_READ];
        try {
            int count = response.body().read(first);
            if (count < 0) {
                throw endedTooSoon(response);
            }
            return new SequenceInputStream(new ByteArrayInputStream(first, 0, count), response.body());
        } catch (IOException e) {
            throw NodeCall.reason(e);
        }
    }

    private static BadNodeResponseException endedTooSoon(NodeResponse response) {
        return new BadNodeResponseException(
                "The node " + response.servedBy().address() + " sent a stream that ended before its first event.");
    }

    /** This response, with another action when it is closed. */
    public EditedResponse andThen(Runnable action) {
        return new EditedResponse(response, headers, body, () -> {
            onClose.run();
            action.run();
        });
    }

    /** Whether the node's response has been read to its end. */
    public boolean isComplete() {
        return response.isComplete();
    }

    /**
     * An edited response: a stream as it arrives, any other as a whole. Waits until there is something to pass on, so
     * that a response which fails before can be replaced by another one.
     *
     * @throws RouterException if it failed; it is then closed
     */
    public static EditedResponse edited(NodeResponse response, String requestId, ResponseEdit edit) {
        try {
            return HeaderRules.isEventStream(response.headers())
                    ? stream(response, requestId, edit)
                    : whole(response, requestId, edit);
        } catch (RuntimeException | Error e) {
            response.close();
            throw e;
        }
    }

    private static boolean saysJson(NodeResponse response) {
        return response.headers()
                .firstValue("content-type")
                .filter(type -> type.startsWith("application/json"))
                .isPresent();
    }

    private static EditedResponse stream(NodeResponse response, String requestId, ResponseEdit edit) {
        EditedEvents events = new EditedEvents(response.body(), edit);
        try {
            if (!events.awaitFirst()) {
                throw endedTooSoon(response);
            }
        } catch (IOException e) {
            throw NodeCall.reason(e);
        }
        return new EditedResponse(
                response, withoutLength(headers(response, Map.of(HeaderRules.REQUEST_ID, requestId))), events);
    }

    /** The length of an edited stream is not known when it begins. */
    private static HttpHeaders withoutLength(HttpHeaders headers) {
        return HttpHeaders.of(headers.map(), (name, value) -> !name.equalsIgnoreCase("Content-Length"));
    }

    private static EditedResponse whole(NodeResponse response, String requestId, ResponseEdit edit) {
        byte[] body = edit.apply(wholeJson(response));
        Map<String, String> set =
                Map.of(HeaderRules.REQUEST_ID, requestId, "Content-Length", Integer.toString(body.length));
        return new EditedResponse(response, headers(response, set), new ByteArrayInputStream(body));
    }

    /** Reads a response to its end. A JSON response must be an object, or the list of a batch. */
    private static byte[] wholeJson(NodeResponse response) {
        byte[] read = readWhole(response);
        if (saysJson(response) && !JsonObject.isOne(read) && !JsonObject.isArray(read)) {
            throw new BadNodeResponseException("The node " + response.servedBy().address() + " responded with status "
                    + response.status() + " and an incomplete JSON object (" + read.length + " bytes).");
        }
        return read;
    }

    /**
     * Reads a response to its end, which releases its lease.
     *
     * @throws RouterException if it fails
     */
    public static byte[] readWhole(NodeResponse response) {
        try {
            byte[] body = response.body().readNBytes(MAX_PLAIN);
            if (body.length == MAX_PLAIN && response.body().read() >= 0) {
                throw new BadNodeResponseException(
                        "The node " + response.servedBy().address() + " sent a plain response of more than " + MAX_PLAIN
                                + " bytes.");
            }
            return body;
        } catch (IOException e) {
            throw NodeCall.reason(e);
        }
    }

    /** Reads a response to its end and drops it. */
    public static void drain(NodeResponse response) {
        try {
            response.body().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw NodeCall.reason(e);
        }
    }

    private static HttpHeaders headers(NodeResponse response, Map<String, String> set) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(response.headers().map());
        set.forEach((name, value) -> headers.put(name, List.of(value)));
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    @Override
    public int status() {
        return response.status();
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
        return response.servedBy();
    }

    @Override
    public void close() {
        onClose.run();
        response.close();
    }
}
