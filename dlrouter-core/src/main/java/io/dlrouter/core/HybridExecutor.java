package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.RequestCancelledException;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
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
        } catch (RuntimeException | Error e) {
            lease.close();
            throw e;
        }
    }

    private NodeResponse answer(RequestContext context, NodeLease lease, Cancellation cancellation) {
        String requestId = context.headers().firstValue(REQUEST_ID).orElseGet(HybridExecutor::newRequestId);
        Map<String, String> set = headersToSet(context, lease, requestId);
        byte[] body = context.forwardedBody();
        byte[] head =
                RequestHead.of(lease.node().address(), context.request().path(), context.headers(), set, body.length);
        Exchange exchange = exchanges.begin(lease.liveNode());
        Cancellation.Registration registration = cancellation.onCancel(
                () -> exchange.abort(new RequestCancelledException("The caller cancelled the request.")));
        try {
            exchange.execute(head, body);
            lease.reached();
            return new NodeResponse(exchange, lease, registration, exchange.headers(REQUEST_ID, requestId));
        } catch (RuntimeException | Error e) {
            exchange.close();
            registration.close();
            throw e;
        }
    }

    private Map<String, String> headersToSet(RequestContext context, NodeLease lease, String requestId) {
        Map<String, String> set = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        set.putAll(lease.liveNode().backend().headers(lease.node()));
        if (backendApiKey != null) {
            set.put("Authorization", "Bearer " + backendApiKey);
        }
        if (!saysJson(context)) {
            set.put("Content-Type", "application/json");
        }
        set.put(REQUEST_ID, requestId);
        return set;
    }

    /** Engines refuse a body that is not said to be JSON (LMDeploy's api_server from 0.12.2 on); the router read it as such. */
    private static boolean saysJson(RequestContext context) {
        return context.headers()
                .firstValue("content-type")
                .filter(type -> type.contains("json"))
                .isPresent();
    }

    /** Unique, not secret. */
    private static String newRequestId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }
}
