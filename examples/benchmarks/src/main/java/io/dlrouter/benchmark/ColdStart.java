package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Builds a router over the engine whose URL is given, routes one request, and prints how many milliseconds both took,
 * in a JVM that had done nothing before.
 */
public final class ColdStart {
    private ColdStart() {}

    public static void main(String[] arguments) throws IOException {
        long begin = System.nanoTime();
        InferenceRequest chat = InferenceRequest.post(
                "/v1/chat/completions", new Chat(false, 1).json().getBytes(UTF_8));
        try (Router router =
                        new RouterBuilder().backend("vllm").node(arguments[0]).build();
                InferenceResponse answer = router.route(chat)) {
            answer.body().readAllBytes();
            System.out.println(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        }
    }

    /** Runs it in a process of its own, and returns what it prints. */
    static long inNewProcess(String url) throws IOException {
        Process process = new ProcessBuilder(
                        Gateway.java("java"),
                        "-Dslf4j.internal.verbosity=ERROR",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ColdStart.class.getName(),
                        url)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return Long.parseLong(new String(process.getInputStream().readAllBytes(), UTF_8).strip());
    }
}
