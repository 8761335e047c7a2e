package com.example.consumer;

import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.micrometer.RouterMetrics;
import io.dlrouter.okhttp.RouterInterceptor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** An OkHttp client whose calls are routed in process and measured. */
public final class MeasuredClient implements AutoCloseable {
    private final Router router;
    private final OkHttpClient client;

    /** A client of one engine, with metrics in a registry of the caller's. */
    public MeasuredClient(String engine, MeterRegistry registry) {
        RouterMetrics metrics = new RouterMetrics(registry);
        router = new RouterBuilder()
                .backend("vllm")
                .node(engine)
                .listener(metrics)
                .build();
        metrics.observe(router);
        client = new OkHttpClient.Builder()
                .addInterceptor(RouterInterceptor.of(router))
                .build();
    }

    /** The engine's response to a chat. */
    public String ask(String body) throws IOException {
        Request request = new Request.Builder()
                .url("http://dlrouter/v1/chat/completions")
                .post(RequestBody.create(body, MediaType.get("application/json")))
                .build();
        try (Response response = client.newCall(request).execute()) {
            return response.body().string();
        }
    }

    @Override
    public void close() {
        router.close();
    }
}
