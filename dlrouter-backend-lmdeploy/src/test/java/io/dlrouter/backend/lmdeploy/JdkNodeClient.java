package io.dlrouter.backend.lmdeploy;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.NodeCall;
import io.dlrouter.spi.NodeClient;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Calls nodes by the HTTP client of the JDK. */
final class JdkNodeClient implements NodeClient {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Override
    public Answer get(NodeSpec node, String path, Duration limit) throws IOException {
        return send(request(node, path, limit).GET());
    }

    @Override
    public Answer post(NodeSpec node, NodeCall call, Duration limit) throws IOException {
        return send(request(node, call.path(), limit)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(call.json())));
    }

    private static HttpRequest.Builder request(NodeSpec node, String path, Duration limit) {
        return HttpRequest.newBuilder(URI.create(node.address().url() + path)).timeout(limit);
    }

    private Answer send(HttpRequest.Builder request) throws IOException {
        try {
            HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(e.getMessage());
        }
    }
}
