package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.InferenceRequest;

/** Chat completions as clients write them: a conversation of prose with escapes and some bytes that are not ASCII. */
final class ChatBody {
    private static final String PROSE =
            "The router reads a few members of the body and sends every other byte on as it stands, \\\"quoted\\\" or "
                    + "not. Prompts are long, d\u2019o\u00f9 la mesure. They hold lists:\\n- of one\\n- of two\\n";
    private static final String MESSAGE = "{\"role\": \"%s\", \"content\": \"" + PROSE.repeat(4) + "\"}, ";

    private ChatBody() {}

    /** A body about as long as this, but 256 bytes at least, which names the model {@code m} and holds one member that a router removes. */
    static byte[] ofLength(int bytes) {
        String conversation = MESSAGE.formatted("user") + MESSAGE.formatted("assistant");
        int turns = Math.round((float) bytes / conversation.getBytes(UTF_8).length);
        return ("{\"model\": \"m\", \"kv_transfer_params\": {\"remote_port\": 1}, \"messages\": ["
                        + conversation.repeat(turns)
                        + "{\"role\": \"user\", \"content\": \"Go on.\"}], \"temperature\": 0.7, \"max_tokens\": 512,"
                        + " \"seed\": 9223372036854775807, \"stream\": true,"
                        + " \"stream_options\": {\"include_usage\": true}}")
                .getBytes(UTF_8);
    }

    /** Requests about as long as this that belong to different sessions. */
    static InferenceRequest[] sessions(int count, int bytes) {
        byte[] body = ofLength(bytes);
        InferenceRequest[] requests = new InferenceRequest[count];
        for (int i = 0; i < count; i++) {
            requests[i] =
                    InferenceRequest.post("/v1/chat/completions", body).withHeader("x-session-id", "session-" + i);
        }
        return requests;
    }
}
