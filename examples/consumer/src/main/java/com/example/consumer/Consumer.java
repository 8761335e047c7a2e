package com.example.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import java.io.IOException;
import java.util.Map;

/** Asks engines of several kinds through one router. */
public final class Consumer {
    private Consumer() {}

    /** The response of the one engine there is. */
    public static String ask(String engine, String body) throws IOException {
        Map<String, String> options = Map.of("backend", "sglang,vllm,lmdeploy", "node_urls", engine);
        try (Router router = RouterBuilder.from(options).build();
                InferenceResponse answer =
                        router.route(InferenceRequest.post("/v1/chat/completions", body.getBytes(UTF_8)))) {
            return new String(answer.body().readAllBytes(), UTF_8);
        }
    }
}
