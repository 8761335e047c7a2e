package io.dlrouter.core.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.NodeAddress;
import io.dlrouter.core.http.HeaderRules;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.request.StateReference;
import io.dlrouter.core.request.StoredResponses;
import io.dlrouter.core.sse.EventParser;
import io.dlrouter.core.sse.ServerSentEvent;
import io.dlrouter.spi.json.JsonScanner;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.MalformedJsonException;
import java.net.http.HttpHeaders;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Learns from a response of the Responses API that its node holds its state: from the body, or from the first event of a
 * stream, which is {@code response.created}. The client receives nothing of it before. Used by one thread.
 */
final class ResponseState {
    /** The id precedes all that a model generates. */
    private static final int KEPT = 64 * 1024;

    private static final ResponseState NOTHING = new ResponseState(id -> {}, null);

    private final Holder holder;
    private @Nullable EventParser events;
    private byte @Nullable [] text;
    private int length;

    /** Receives the id of the response. */
    private interface Holder {
        void made(String id);
    }

    private ResponseState(Holder holder, byte @Nullable [] text) {
        this.holder = holder;
        this.text = text;
    }

    /** Learns what a node holds after its response to a request, if anything. */
    static ResponseState of(
            RequestContext request, NodeAddress node, int status, HttpHeaders headers, StoredResponses responses) {
        String method = request.request().method();
        Optional<String> named =
                InferencePaths.responseId(method, request.request().path());
        boolean success = status >= 200 && status < 300;
        if (named.isPresent() && method.equals("DELETE") && success) {
            responses.remove(named.get());
        }
        if (!success || named.isPresent() || !request.route().equals(InferencePaths.RESPONSES)) {
            return NOTHING;
        }
        StateReference.conversation(request).ifPresent(id -> responses.put(id, node, request.model()));
        Holder holder = id -> responses.put(id, node, request.model());
        if (HeaderRules.isEventStream(headers)) {
            ResponseState state = new ResponseState(holder, null);
            state.events = new EventParser(KEPT, state::first);
            return state;
        }
        return new ResponseState(holder, new byte[1024]);
    }

    /** More of the body has come. */
    void add(byte[] bytes, int offset, int count) {
        EventParser parser = events;
        if (parser != null) {
            parser.add(bytes, offset, count);
        } else if (text != null) {
            keep(bytes, offset, count);
        }
    }

    private void keep(byte[] bytes, int offset, int count) {
        byte[] kept = text;
        if (kept == null) {
            return;
        }
        int taken = Math.min(count, KEPT - length);
        if (length + taken > kept.length) {
            kept = Arrays.copyOf(kept, Math.min(KEPT, Math.max(length + taken, 2 * kept.length)));
            text = kept;
        }
        System.arraycopy(bytes, offset, kept, length, taken);
        length += taken;
        if (length == KEPT) {
            complete();
        }
    }

    /** The body has come to its end. */
    void complete() {
        byte[] kept = text;
        if (kept != null) {
            text = null;
            id(kept, 0, length).ifPresent(holder::made);
        }
    }

    private void first(ServerSentEvent event) {
        byte[] data = event.data().getBytes(UTF_8);
        Optional<String> id = valueOf("response", data, 0, data.length).flatMap(start -> id(data, start, data.length));
        if (id.isPresent()) {
            events = null;
            holder.made(id.get());
        }
    }

    private static Optional<String> id(byte[] text, int start, int limit) {
        try {
            return valueOf("id", text, start, limit)
                    .flatMap(value -> JsonValue.view(text, value, new JsonScanner(text, limit).skipValue(value))
                            .string());
        } catch (MalformedJsonException e) {
            return Optional.empty();
        }
    }

    /** Where the value of a member begins. The text may end before the object does. */
    private static Optional<Integer> valueOf(String name, byte[] text, int start, int limit) {
        JsonScanner json = new JsonScanner(text, limit);
        try {
            int here = json.skipSpace(json.expect(json.skipSpace(start), '{'));
            while (json.at(here) == '"') {
                int nameEnd = json.skipName(here);
                int value = json.skipColon(nameEnd);
                if (JsonValue.view(text, here, nameEnd)
                        .string()
                        .filter(name::equals)
                        .isPresent()) {
                    return Optional.of(value);
                }
                here = json.skipSpace(json.expect(json.skipSpace(json.skipValue(value)), ','));
            }
            return Optional.empty();
        } catch (MalformedJsonException e) {
            return Optional.empty();
        }
    }
}
