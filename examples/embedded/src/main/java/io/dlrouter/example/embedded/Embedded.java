package io.dlrouter.example.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import java.io.IOException;
import java.io.OutputStream;

/** Streams one chat completion from whichever of two vLLM servers is the better place for it. */
public final class Embedded {
    private Embedded() {}

    /**
     * Streams the response as the engine sends it.
     *
     * @throws IOException if the node fails in the middle of its response, or the output fails
     */
    public static void stream(String firstUrl, String secondUrl, OutputStream output) throws IOException {
        byte[] body = "{\"model\":\"demo\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"
                .getBytes(UTF_8);
        try (Router router = new RouterBuilder()
                        .backend("vllm")
                        .node(firstUrl)
                        .node(secondUrl)
                        .build();
                InferenceResponse answer = router.route(InferenceRequest.post("/v1/chat/completions", body))) {
            answer.body().transferTo(output);
        }
    }

    /** Streams to the terminal from the two servers whose URLs are given. */
    public static void main(String[] args) throws IOException {
        stream(args[0], args[1], System.out);
    }
}
