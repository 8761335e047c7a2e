package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;
import io.dlrouter.core.openai.ApiDialect;
import io.dlrouter.spi.NodeRequest;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Sends a request, as it is to be for one node, to the node that is leased for it. Safe for use by many threads. */
final class Sender {
    /** The header that names a request. */
    static final String REQUEST_ID = "X-Request-Id";

    private final Exchanges exchanges;
    private final @Nullable String backendApiKey;

    /** @param backendApiKey sent to nodes in place of the client's */
    Sender(Exchanges exchanges, @Nullable String backendApiKey) {
        this.exchanges = exchanges;
        this.backendApiKey = backendApiKey;
    }

    /** How often a request may go out. */
    enum Delivery {
        /** Once more if a kept connection turns out to be closed. */
        REPEATABLE,
        /** Once at most. */
        ONCE
    }

    /**
     * Sends the request and waits for status and headers of the answer. Takes the lease over: the answer frees it, or
     * this call does if it throws.
     *
     * @throws NodeUnreachableException if there was no answer at all
     */
    NodeResponse send(RequestContext request, NodeRequest forNode, NodeLease lease, Delivery delivery) {
        return delivery == Delivery.ONCE
                ? sendOnce(request, forNode, lease, () -> {})
                : send(request, forNode, lease, Exchange::execute);
    }

    /**
     * As {@link #send} with {@link Delivery#ONCE}.
     *
     * @param lastCheck is run once the node is connected, and throws if nothing is to be sent to it after all
     */
    NodeResponse sendOnce(RequestContext request, NodeRequest forNode, NodeLease lease, Runnable lastCheck) {
        return send(request, forNode, lease, (exchange, head, body) -> exchange.executeOnce(head, body, lastCheck));
    }

    /** A way to execute an exchange. */
    private interface Execution {
        void execute(Exchange exchange, byte[] head, byte[] body);
    }

    private NodeResponse send(RequestContext request, NodeRequest forNode, NodeLease lease, Execution execution) {
        try {
            Map<String, String> headers = headers(request, forNode, lease);
            byte[] body = request.body(forNode.body());
            byte[] head = RequestHead.of(
                    lease.node().address(), request.request().path(), request.headers(), headers, body.length);
            return exchange(request, head, body, lease, execution);
        } catch (RouterException e) {
            lease.failed(e);
            lease.close();
            throw e;
        } catch (RuntimeException | Error e) {
            lease.close();
            throw e;
        }
    }

    private NodeResponse exchange(
            RequestContext request, byte[] head, byte[] body, NodeLease lease, Execution execution) {
        lease.begin();
        Exchange exchange = exchanges.begin(lease.liveNode(), request.isStream());
        Cancellation.Registration registration = request.cancellation()
                .onCancel(() -> exchange.abort(new RequestCancelledException("The caller cancelled the request.")));
        try {
            execution.execute(exchange, head, body);
            lease.answered(exchange.status(), exchange.retryAfter());
            return new NodeResponse(
                    exchange,
                    lease,
                    registration,
                    exchange.headers(REQUEST_ID, request.requestId()),
                    ApiDialect.of(request.request().path()));
        } catch (RuntimeException | Error e) {
            exchange.close();
            registration.close();
            throw e;
        }
    }

    private Map<String, String> headers(RequestContext request, NodeRequest forNode, NodeLease lease) {
        Map<String, String> set = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        set.putAll(lease.liveNode().backend().headers(lease.node()));
        if (backendApiKey != null) {
            set.put("Authorization", "Bearer " + backendApiKey);
        }
        if (!saysJson(request)) {
            set.put("Content-Type", "application/json");
        }
        set.put(REQUEST_ID, request.requestId());
        set.putAll(forNode.headers());
        return set;
    }

    /** Engines refuse a body that is not said to be JSON (LMDeploy's api_server from 0.12.2 on); the router read it as such. */
    private static boolean saysJson(RequestContext request) {
        return request.headers()
                .firstValue("content-type")
                .filter(type -> type.contains("json"))
                .isPresent();
    }
}
