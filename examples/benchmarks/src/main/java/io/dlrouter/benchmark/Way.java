package io.dlrouter.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.Okio;

/**
 * A way from an OkHttp client to an engine.
 *
 * @param processes whose CPU it takes, the engine's left out
 */
record Way(String name, OkHttpClient client, String url, List<ProcessHandle> processes) {
    private static final MediaType JSON = MediaType.get("application/json");

    Way {
        processes = List.copyOf(processes);
    }

    /** Sends a chat, and reads the response as it comes. */
    void send(byte[] chat) throws IOException {
        Request request = new Request.Builder()
                .url(url + "/v1/chat/completions")
                .post(RequestBody.create(chat, JSON))
                .build();
        try (Response answer = client.newCall(request).execute()) {
            long bytes = answer.body().source().readAll(Okio.blackhole());
            if (answer.code() != 200 || bytes == 0) {
                throw new IOException(
                        name + ": status " + answer.code() + ", " + bytes + " bytes (expected: 200, some)");
            }
        }
    }

    /** The CPU time that its processes have taken so far. */
    Duration cpu() {
        return processes.stream()
                .map(process -> process.info().totalCpuDuration().orElseThrow())
                .reduce(Duration.ZERO, Duration::plus);
    }
}
