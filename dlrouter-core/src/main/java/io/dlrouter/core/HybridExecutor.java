package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.RequestCancelledException;
import java.net.http.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Sends a request to one node that does prefill and decode in one piece. */
final class HybridExecutor {
    private static final String REQUEST_ID = "x-request-id";

    private final Exchanges exchanges;
    private final @Nullable String backendApiKey;

    /** @param backendApiKey sent to nodes in place of the client's */
    HybridExecutor(Exchanges exchanges, @Nullable String backendApiKey) {
        this.exchanges = exchanges;
        this.backendApiKey = backendApiKey;
    }

    /**
     * Sends a request to the node that is leased for it. Takes the lease over: the answer frees it, or this call does
     * if it throws.
     */
    InferenceResponse send(RequestContext context, NodeLease lease, Cancellation cancellation) {
        try {
            return answer(context, lease, cancellation);
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    private NodeResponse answer(RequestContext context, NodeLease lease, Cancellation cancellation) {
        Map<String, String> set = headersToSet(context, lease);
        byte[] body = context.forwardedBody();
        byte[] head =
                RequestHead.of(lease.node().address(), context.request().path(), context.headers(), set, body.length);
        Exchange exchange = exchanges.begin(lease.liveNode());
        Cancellation.Registration registration = cancellation.onCancel(
                () -> exchange.abort(new RequestCancelledException("The caller cancelled the request.")));
        try {
            exchange.execute(head, body);
            lease.reached();
            return new NodeResponse(exchange, lease, registration, withRequestId(exchange.headers(), set, context));
        } catch (RuntimeException e) {
            exchange.close();
            registration.close();
            throw e;
        }
    }

    private Map<String, String> headersToSet(RequestContext context, NodeLease lease) {
        Map<String, String> set = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        set.putAll(lease.liveNode().backend().headers(lease.node()));
        if (backendApiKey != null) {
            set.put("Authorization", "Bearer " + backendApiKey);
        }
        // LMDeploy refuses a POST without it (api_server, from 0.12.2 on).
        if (context.headers().firstValue("content-type").isEmpty()) {
            set.put("Content-Type", "application/json");
        }
        if (context.headers().firstValue(REQUEST_ID).isEmpty()) {
            set.put(REQUEST_ID, UUID.randomUUID().toString());
        }
        return set;
    }

    private static HttpHeaders withRequestId(HttpHeaders answer, Map<String, String> set, RequestContext context) {
        if (answer.firstValue(REQUEST_ID).isPresent()) {
            return answer;
        }
        Map<String, List<String>> all = new HashMap<>(answer.map());
        all.put(
                REQUEST_ID,
                List.of(context.headers().firstValue(REQUEST_ID).orElseGet(() -> set.getOrDefault(REQUEST_ID, ""))));
        return HttpHeaders.of(all, (name, value) -> true);
    }
}
