package io.dlrouter.core.serve;

import static io.dlrouter.core.http.HeaderRules.REQUEST_ID;

import io.dlrouter.Cancellation;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.http.ConnectionPool;
import io.dlrouter.core.http.NodeCall;
import io.dlrouter.core.http.RelativeLocation;
import io.dlrouter.core.http.RequestHead;
import io.dlrouter.core.observe.AttemptResult;
import io.dlrouter.core.openai.ApiDialect;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.request.ReservedNames;
import io.dlrouter.core.request.StoredResponses;
import io.dlrouter.spi.NodeRequest;
import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Sends a request to a leased node, with the edits for that node. Safe for use by many threads. */
public final class Sender {
    private final ConnectionPool connections;
    private final ReservedNames reserved;
    private final Set<String> reservedAndCoding;
    private final @Nullable String backendApiKey;
    private final StoredResponses responses;

    /**
     * A sender with these connections.
     *
     * @param reserved names that are removed from client requests
     * @param backendApiKey sent to nodes instead of the client's key
     * @param responses gets the node of each response whose state the node holds
     */
    public Sender(
            ConnectionPool connections,
            ReservedNames reserved,
            @Nullable String backendApiKey,
            StoredResponses responses) {
        this.connections = connections;
        this.reserved = reserved;
        this.reservedAndCoding = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        this.reservedAndCoding.addAll(reserved.headers());
        this.reservedAndCoding.add("content-encoding");
        this.backendApiKey = backendApiKey;
        this.responses = responses;
    }

    /** How often a request may be sent. */
    public enum Delivery {
        /** Again if an idle connection turns out to be closed. */
        REPEATABLE,
        /** At most once. */
        ONCE
    }

    /**
     * Sends the request and waits for status and headers of the response. Takes ownership of the lease: the response
     * releases it, or this call does if it throws.
     *
     * @throws NodeUnreachableException if there was no response
     */
    public NodeResponse send(RequestContext request, NodeRequest forNode, NodeLease lease, Delivery delivery) {
        return delivery == Delivery.ONCE
                ? sendOnce(request, forNode, lease, () -> {})
                : send(request, forNode, lease, NodeCall::execute);
    }

    /**
     * As {@link #send} with {@link Delivery#ONCE}.
     *
     * @param lastCheck runs once the node is connected, and throws if the request must not be sent
     */
    public NodeResponse sendOnce(RequestContext request, NodeRequest forNode, NodeLease lease, Runnable lastCheck) {
        return send(request, forNode, lease, (call, head, body) -> call.executeOnce(head, body, lastCheck));
    }

    /** A way to execute a call. */
    private interface Execution {
        void execute(NodeCall call, byte[] head, byte[] body);
    }

    private NodeResponse send(RequestContext request, NodeRequest forNode, NodeLease lease, Execution execution) {
        try {
            Map<String, String> headers = headers(request, forNode, lease);
            byte[] body = request.body(reserved.removedBy(forNode.body()));
            byte[] head = RequestHead.of(
                    request.request().method(),
                    lease.node().address(),
                    InferencePaths.withoutTrailingSlash(request.request().path()),
                    request.headers(),
                    removed(request, body),
                    headers,
                    body.length);
            return call(request, head, body, lease, execution);
        } catch (RouterException e) {
            lease.record(AttemptResult.of(e));
            lease.close();
            throw e;
        } catch (RuntimeException | Error e) {
            lease.close();
            throw e;
        }
    }

    /** The headers of the client that are left out. A body that was edited has no content coding any more. */
    private Set<String> removed(RequestContext request, byte[] body) {
        return body == request.request().body() ? reserved.headers() : reservedAndCoding;
    }

    private NodeResponse call(RequestContext request, byte[] head, byte[] body, NodeLease lease, Execution execution) {
        lease.begin();
        LiveNode node = lease.liveNode();
        NodeCall call = connections.begin(node.spec().address().url(), node, request.isStream());
        Cancellation.Registration registration = request.cancellation()
                .onCancel(() -> call.abort(new RequestCancelledException("The caller cancelled the request.")));
        try {
            execution.execute(call, head, body);
            lease.responded(call.status(), call.retryAfter());
            HttpHeaders headers = RelativeLocation.of(
                    call.headers(REQUEST_ID, request.requestId()),
                    node.spec().address().url());
            return new NodeResponse(
                    call,
                    lease,
                    registration,
                    headers,
                    ApiDialect.of(request.request().path()),
                    ResponseState.of(request, lease.node().address(), call.status(), headers, responses));
        } catch (RuntimeException | Error e) {
            call.close();
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
        if (request.isJson() && !saysJson(request)) {
            set.put("Content-Type", "application/json");
        }
        set.put(REQUEST_ID, request.requestId());
        set.putAll(forNode.headers());
        return set;
    }

    /**
     * Engines reject a body without a JSON content type (LMDeploy's api_server from 0.12.2 on); the router has read it
     * as JSON.
     */
    private static boolean saysJson(RequestContext request) {
        return request.headers()
                .firstValue("content-type")
                .filter(type -> type.contains("json"))
                .isPresent();
    }
}
