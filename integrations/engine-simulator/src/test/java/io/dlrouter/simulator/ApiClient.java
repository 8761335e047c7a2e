package io.dlrouter.simulator;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** An ordinary client of one engine. */
final class ApiClient {
    static final String CHAT = "/v1/chat/completions";
    static final String TEXT = "/v1/completions";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final SimulatedEngine engine;

    ApiClient(SimulatedEngine engine) {
        this.engine = engine;
    }

    /** A chat request for the model {@code m} with more members, each followed by a comma. */
    static String chat(String moreMembers) {
        return "{" + moreMembers + "\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"two words\"}]}";
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(request(path).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> delete(String path) throws IOException, InterruptedException {
        return http.send(request(path).DELETE().build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body, String... headers) throws IOException, InterruptedException {
        return http.send(posting(path, body, headers), BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> postAsync(String path, String body) {
        return http.sendAsync(posting(path, body), BodyHandlers.ofString());
    }

    private HttpRequest posting(String path, String body, String... headers) {
        HttpRequest.Builder request = request(path).POST(BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.setHeader("content-type", "application/json").build();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(engine.url() + path)).timeout(Duration.ofSeconds(20));
    }
}
