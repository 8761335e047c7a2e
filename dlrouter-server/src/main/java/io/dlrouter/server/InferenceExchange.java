package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
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
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's request and its answer, relayed byte for byte. Used by the thread that serves it. */
final class InferenceExchange {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceExchange.class);
    private static final int CHUNK = 16 * 1024;
    /** An engine could take another one of these for the right one than the router did. */
    private static final List<HttpHeader> SINGLE = List.of(HttpHeader.CONTENT_TYPE, HttpHeader.AUTHORIZATION);

    private final Router router;
    private final ServerSettings settings;
    private final Refusals refusals;
    private final OpenRequests.Permit permit;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final WatchedEndPoint client;
    private final Cancellation cancellation = new Cancellation();
    private final EventTail tail = new EventTail();

    InferenceExchange(
            Router router,
            ServerSettings settings,
            Refusals refusals,
            OpenRequests.Permit permit,
            Request request,
            Response response,
            Callback callback) {
        this.router = router;
        this.settings = settings;
        this.refusals = refusals;
        this.permit = permit;
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.client = (WatchedEndPoint)
                request.getConnectionMetaData().getConnection().getEndPoint();
    }

    /** Routes the request and relays the answer; then the callback has been told how it ended. */
    void serve(String path) {
        Optional<HttpHeader> repeated = SINGLE.stream()
                .filter(header -> request.getHeaders().getValuesList(header).size() > 1)
                .findFirst();
        if (repeated.isPresent()) {
            refuseUnrouted(ErrorBody.invalidRequest(
                    repeated.get().asString() + ": given more than once (expected: one)", null));
            return;
        }
        try {
            Optional<byte[]> body = RequestBody.read(request, settings.maxBodySize());
            if (body.isPresent()) {
                InferenceRequest inference = InferenceRequest.post(path, body.get())
                        .withHeaders(headers())
                        .withClient(Request.getRemoteAddr(request));
                route(isExplained() ? inference.explained() : inference);
            } else {
                refuseUnrouted(ErrorBody.requestTooLarge(settings.maxBodySize()));
            }
        } catch (IOException e) {
            refuseUnrouted(ErrorBody.unreadableBody(e));
        }
    }

    private boolean isExplained() {
        return settings.logDecisions() || AnswerHead.isExplanationAsked(request);
    }

    private void refuseUnrouted(ErrorBody error) {
        permit.release();
        refusals.refuse(error, request, response, callback);
    }

    private HttpHeaders headers() {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (HttpField field : request.getHeaders()) {
            if (field.getHeader() != HttpHeader.AUTHORIZATION || !isKeyForTheGateway()) {
                headers.computeIfAbsent(field.getName(), name -> new ArrayList<>(1))
                        .add(field.getValue());
            }
        }
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    private boolean isKeyForTheGateway() {
        return settings.apiKeys().required()
                || (AnswerHead.isExplanationAsked(request)
                        && settings.adminKeys().required());
    }

    private void route(InferenceRequest inference) {
        client.watch(cancellation::cancel);
        try (InferenceResponse answer = router.route(inference, cancellation)) {
            relay(answer);
        } catch (RouterException e) {
            refuse(e);
        } catch (RuntimeException e) {
            LOG.error("A request to {} failed in the router", inference.path(), e);
            refuse(ErrorBody.internal());
        }
    }

    private void relay(InferenceResponse answer) {
        try {
            copy(answer);
            client.unwatch();
            permit.release();
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
        } catch (IOException e) {
            brokenOff(e);
        }
    }

    /** Status and headers go out with the first bytes: until then a node's failure has an honest status. */
    private void copy(InferenceResponse answer) throws IOException {
        byte[] chunk = new byte[CHUNK];
        InputStream body = answer.body();
        int count = body.read(chunk);
        new AnswerHead(settings.nodeHeader(), AnswerHead.isExplanationAsked(request)).write(answer, response);
        long left = count < 0 ? 0 : response.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH); // -1: unknown
        while (count >= 0) {
            left -= count;
            if (left == 0) {
                permit.release(); // before the client has the last byte, and may send its next request
            }
            tail.add(chunk, count);
            Content.Sink.write(response, false, ByteBuffer.wrap(chunk, 0, count));
            count = body.read(chunk);
        }
    }

    /** A failed read has the node's failure as its cause; a failed write means that the client has left. */
    private void brokenOff(IOException e) {
        if (!(e.getCause() instanceof RouterException reason) || cancellation.isCancelled()) {
            abandon(e);
        } else if (!response.isCommitted()) {
            refuse(reason);
        } else {
            LOG.warn("An answer broke off: {}", reason.getMessage());
            end(reason);
        }
    }

    /** The client has left: nobody is there to be told, and it is nothing to be logged. */
    private void abandon(Exception e) {
        client.unwatch();
        client.close(e);
        callback.failed(new EofException(e));
    }

    /** A stream can say that it broke off; of any other answer the client sees it by the missing end. */
    private void end(RouterException reason) {
        client.unwatch();
        permit.release();
        if (isStream()) {
            response.write(true, ByteBuffer.wrap(lastEvent(reason)), callback);
        } else {
            callback.failed(reason);
        }
    }

    private boolean isStream() {
        String type = response.getHeaders().get(HttpHeader.CONTENT_TYPE);
        return type != null && type.startsWith("text/event-stream");
    }

    private byte[] lastEvent(RouterException reason) {
        byte[] event = ErrorBody.of(reason).event();
        return tail.isComplete() ? event : ("\n\n" + new String(event, UTF_8)).getBytes(UTF_8);
    }

    private void refuse(RouterException e) {
        if (cancellation.isCancelled()) {
            abandon(e);
        } else {
            refuse(ErrorBody.of(e));
        }
    }

    private void refuse(ErrorBody error) {
        client.unwatch();
        permit.release();
        error.send(request, response, callback);
    }
}
