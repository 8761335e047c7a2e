package io.dlrouter.server.inference;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import io.dlrouter.server.http.ErrorResponse;
import io.dlrouter.server.http.ServerSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's inference request and its response, relayed byte for byte. Used by the thread that serves it. */
final class InferenceExchange {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceExchange.class);
    private static final int CHUNK = 16 * 1024;
    /** An engine could take another one of these for the right one than the router did. */
    private static final List<HttpHeader> SINGLE = List.of(HttpHeader.CONTENT_TYPE, HttpHeader.AUTHORIZATION);

    private final Router router;
    private final ServerSettings settings;
    private final RejectedRequests rejected;
    private final OpenRequests.Permit permit;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final ClientEndPoint client;
    private final Cancellation cancellation = new Cancellation();
    private FailureEvent failureEvent = FailureEvent.create("", HttpFields.EMPTY);
    private boolean written;

    InferenceExchange(
            Router router,
            ServerSettings settings,
            RejectedRequests rejected,
            OpenRequests.Permit permit,
            Request request,
            Response response,
            Callback callback) {
        this.router = router;
        this.settings = settings;
        this.rejected = rejected;
        this.permit = permit;
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.client =
                (ClientEndPoint) request.getConnectionMetaData().getConnection().getEndPoint();
    }

    /** Routes the request, relays the response and completes the callback. */
    void serve(String path) {
        Optional<HttpHeader> repeated = SINGLE.stream()
                .filter(header -> request.getHeaders().getValuesList(header).size() > 1)
                .findFirst();
        if (repeated.isPresent()) {
            rejectUnrouted(ErrorResponse.invalidRequest(
                    repeated.get().asString() + ": given more than once (expected: one)", null));
            return;
        }
        try {
            Optional<byte[]> body = RequestBody.read(request, settings.maxBodySize());
            if (body.isPresent()) {
                InferenceRequest inference = InferenceRequest.of(request.getMethod(), path, body.get())
                        .withHeaders(headers())
                        .withClient(Request.getRemoteAddr(request));
                route(isExplained() ? inference.explained() : inference);
            } else {
                rejectUnrouted(ErrorResponse.requestTooLarge(settings.maxBodySize()));
            }
        } catch (IOException e) {
            rejectUnrouted(ErrorResponse.unreadableBody(e));
        }
    }

    private boolean isExplained() {
        return settings.logDecisions() || ResponseHead.isExplanationRequested(request);
    }

    private void rejectUnrouted(ErrorResponse error) {
        permit.release();
        rejected.reject(error, request, response, callback);
    }

    private HttpHeaders headers() {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (HttpField field : request.getHeaders()) {
            if (field.getHeader() != HttpHeader.AUTHORIZATION || !isGatewayKey()) {
                headers.computeIfAbsent(field.getName(), name -> new ArrayList<>(1))
                        .add(field.getValue());
            }
        }
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    private boolean isGatewayKey() {
        return settings.apiKeys().required()
                || (ResponseHead.isExplanationRequested(request)
                        && settings.adminKeys().required());
    }

    private void route(InferenceRequest inference) {
        client.watchForDisconnect(cancellation::cancel);
        try (InferenceResponse nodeResponse = router.route(inference, cancellation)) {
            relay(nodeResponse, inference.path());
        } catch (RouterException e) {
            fail(ErrorResponse.of(e), e);
        } catch (RuntimeException e) {
            LOG.error("A request to {} failed in the router", inference.path(), e);
            fail(ErrorResponse.internal(), e);
        }
    }

    private void relay(InferenceResponse nodeResponse, String path) {
        try {
            copy(nodeResponse, path);
            client.stopWatching();
            client.completeResponse();
            permit.release();
            written = true;
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
        } catch (IOException e) {
            abandon(e);
        }
    }

    /**
     * Status and headers go out with the first bytes: until then a node's failure has an honest status.
     *
     * @throws RouterException if the node fails
     * @throws IOException if the client has disconnected
     */
    private void copy(InferenceResponse nodeResponse, String path) throws IOException {
        InputStream body = nodeResponse.body();
        byte[] chunk = new byte[CHUNK];
        int count = read(body, chunk);
        new ResponseHead(settings.nodeHeader(), ResponseHead.isExplanationRequested(request))
                .write(nodeResponse, response);
        if (count >= 0) {
            begin(path);
        }
        long remaining = count < 0 ? 0 : response.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH); // -1: unknown
        while (count >= 0) {
            remaining -= count;
            if (remaining == 0) {
                permit.release(); // before the client has the last byte, and may send its next request
            }
            failureEvent.relayed(chunk, count);
            Content.Sink.write(response, false, ByteBuffer.wrap(chunk, 0, count));
            count = read(body, chunk);
        }
    }

    private static int read(InputStream body, byte[] chunk) {
        try {
            return body.read(chunk);
        } catch (IOException e) {
            throw e.getCause() instanceof RouterException reason
                    ? reason
                    : new BadNodeResponseException("The response could not be read: " + e.getMessage(), e);
        }
    }

    /** The length of a stream that may end with an event of the router's is not known. */
    private void begin(String path) {
        HttpFields.Mutable headers = response.getHeaders();
        failureEvent = FailureEvent.create(path, headers);
        if (failureEvent.isPossible()) {
            headers.remove(HttpHeader.CONTENT_LENGTH);
        }
        client.beginResponse(ResponseEnd.choose(request, response));
    }

    /** What fails when all has been written, such as the closing of the response, is no matter of the client's. */
    private void fail(ErrorResponse error, RuntimeException reason) {
        client.stopWatching();
        if (written) {
            return;
        }
        permit.release();
        if (cancellation.isCancelled()) {
            abandon(reason);
        } else if (response.isCommitted()) {
            LOG.warn("A response failed in the middle: {}", reason.getMessage());
            truncate(error, reason);
        } else {
            error.send(request, response, callback);
        }
    }

    /** Ends a response without its end, so that the client takes none for complete; a stream gets an error event first. */
    private void truncate(ErrorResponse error, RuntimeException reason) {
        try {
            Optional<byte[]> event = failureEvent.of(error.error());
            if (event.isPresent()) {
                Content.Sink.write(response, false, ByteBuffer.wrap(event.get()));
            }
            client.close(reason);
            callback.failed(reason);
        } catch (IOException e) {
            abandon(e);
        }
    }

    /** Ends the exchange after the client has disconnected, without a log line. */
    private void abandon(Exception e) {
        client.stopWatching();
        client.close(e);
        callback.failed(new EofException(e));
    }
}
