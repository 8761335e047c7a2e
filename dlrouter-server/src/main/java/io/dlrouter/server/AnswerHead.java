package io.dlrouter.server;

import io.dlrouter.InferenceResponse;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;

/** Status and headers of a node's answer, as a client gets them. */
final class AnswerHead {
    /** The header that names the node. */
    static final String NODE = "x-dlrouter-node";

    private static final String CORS_PREFIX = "access-control-";

    private final boolean naming;

    /** @param naming whether the node is named */
    AnswerHead(boolean naming) {
        this.naming = naming;
    }

    void write(InferenceResponse answer, Response response) {
        HttpFields.Mutable headers = response.getHeaders();
        response.setStatus(answer.status());
        answer.headers().map().forEach((name, values) -> {
            if (isForTheNodeToSay(name)) {
                headers.remove(name);
                values.forEach(value -> headers.add(name, value));
            }
        });
        if (ErrorBody.isPressure(answer.status()) && !headers.contains(HttpHeader.RETRY_AFTER)) {
            headers.put(HttpHeader.RETRY_AFTER, ErrorBody.RETRY_AFTER_SECONDS);
        }
        if (naming) {
            headers.put(NODE, answer.servedBy().address().toString());
        }
    }

    /** What web pages may do, and which node answers, is for the router to say. */
    private static boolean isForTheNodeToSay(String name) {
        String header = name.toLowerCase(Locale.ROOT);
        return !header.startsWith(CORS_PREFIX) && !header.equals(NODE);
    }
}
