package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * One chat completion of the model {@code demo}, as a client sends it, and what a whole response to it looks like.
 *
 * @param tokens how many tokens the engines say
 */
record Chat(boolean streamed, int tokens) {
    private static final String PLAIN =
            "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Tell me of the sea, and of ships\"}]}";
    private static final String STREAM =
            "{\"stream\":true,\"stream_options\":{\"include_usage\":true}," + PLAIN.substring(1);

    String json() {
        return streamed ? STREAM : PLAIN;
    }

    byte[] request() {
        byte[] body = json().getBytes(UTF_8);
        byte[] head = ("POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + body.length + "\r\n\r\n")
                .getBytes(UTF_8);
        byte[] request = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return request;
    }

    /** What a body says about how its response of status 200 ended, the connection having done so in good order or not. */
    Ending ending(String body, boolean inOrder) {
        if (streamed && body.contains("\"error\":")) {
            return Ending.TOLD;
        }
        if (!inOrder) {
            return body.isEmpty() ? Ending.UNANSWERED : Ending.TORN;
        }
        return isWhole(body) ? Ending.WHOLE : Ending.UNSOUND;
    }

    private boolean isWhole(String body) {
        return body.contains("\"completion_tokens\":" + tokens + ",")
                && !body.contains("kv_transfer_params")
                && (!streamed || body.endsWith("data: [DONE]\n\n"));
    }
}
