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

/** Status and headers of a node's answer, as a client gets them. */
final class ResponseHead {
    private static final String CORS_PREFIX = "access-control-";

    private final boolean naming;
    private final boolean explaining;

    /**
     * A head as it was asked for.
     *
     * @param naming whether the node is named
     * @param explaining whether it is said why
     */
    ResponseHead(boolean naming, boolean explaining) {
        this.naming = naming;
        this.explaining = explaining;
    }

    /** Whether a client wants to know why its nodes are chosen. */
    static boolean isExplanationAsked(Request request) {
        return Explanation.isAsked(request.getHeaders().get(Explanation.QUESTION));
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
        if (OpenAiError.isPressure(answer.status()) && !headers.contains(HttpHeader.RETRY_AFTER)) {
            headers.put(HttpHeader.RETRY_AFTER, OpenAiError.RETRY_AFTER_SECONDS);
        }
        if (naming) {
            headers.put(ServerSettings.NODE_HEADER, answer.servedBy().address().toString());
        }
        if (explaining) {
            Explanation.of(answer.decisions()).forEach(why -> headers.add(Explanation.RESPONSE, why));
        }
    }

    /** What web pages may do, and which node answers, is for the router to say. */
    private static boolean isForTheNodeToSay(String name) {
        String header = name.toLowerCase(Locale.ROOT);
        return !header.startsWith(CORS_PREFIX)
                && !header.equals(ServerSettings.NODE_HEADER)
                && !header.equals(Explanation.RESPONSE);
    }
}
