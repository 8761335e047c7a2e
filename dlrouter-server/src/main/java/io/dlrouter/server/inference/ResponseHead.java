package io.dlrouter.server.inference;

import io.dlrouter.InferenceResponse;
import io.dlrouter.core.openai.Explanation;
import io.dlrouter.core.openai.OpenAiError;
import io.dlrouter.server.http.ServerSettings;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** Status and headers of a node's response, as they are sent to the client. */
final class ResponseHead {
    private static final String CORS_PREFIX = "access-control-";

    private final boolean withNode;
    private final boolean withDecisions;

    /**
     * A head with the headers that operators ask for.
     *
     * @param withNode whether a header names the node
     * @param withDecisions whether headers explain why it was selected
     */
    ResponseHead(boolean withNode, boolean withDecisions) {
        this.withNode = withNode;
        this.withDecisions = withDecisions;
    }

    /** Whether a client asks why its nodes are selected. */
    static boolean isExplanationRequested(Request request) {
        return Explanation.isAsked(request.getHeaders().get(Explanation.QUESTION));
    }

    void write(InferenceResponse nodeResponse, Response response) {
        HttpFields.Mutable headers = response.getHeaders();
        response.setStatus(nodeResponse.status());
        nodeResponse.headers().map().forEach((name, values) -> {
            if (isNodeHeader(name)) {
                headers.remove(name);
                values.forEach(value -> headers.add(name, value));
            }
        });
        if (OpenAiError.isPressure(nodeResponse.status()) && !headers.contains(HttpHeader.RETRY_AFTER)) {
            headers.put(HttpHeader.RETRY_AFTER, OpenAiError.RETRY_AFTER_SECONDS);
        }
        if (withNode) {
            headers.put(
                    ServerSettings.NODE_HEADER,
                    nodeResponse.servedBy().address().toString());
        }
        if (withDecisions) {
            Explanation.of(nodeResponse.decisions()).forEach(why -> headers.add(Explanation.RESPONSE, why));
        }
    }

    /** Whether the node sets the header: CORS, the name of the node and the explanation are the gateway's. */
    private static boolean isNodeHeader(String name) {
        String header = name.toLowerCase(Locale.ROOT);
        return !header.startsWith(CORS_PREFIX)
                && !header.equals(ServerSettings.NODE_HEADER)
                && !header.equals(Explanation.RESPONSE);
    }
}
