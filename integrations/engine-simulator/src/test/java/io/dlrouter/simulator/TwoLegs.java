package io.dlrouter.simulator;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A router in small, written by hand: both legs at once, each on a thread of its own, with the same members. */
record TwoLegs(HttpResponse<String> prefill, HttpResponse<String> decode) {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Sends the same body to both engines at once, and waits for both. */
    static TwoLegs send(SimulatedEngine prefill, SimulatedEngine decode, String path, String body) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<HttpResponse<String>> first = threads.submit(leg(prefill, path, body));
            Future<HttpResponse<String>> second = threads.submit(leg(decode, path, body));
            return new TwoLegs(first.get(20, TimeUnit.SECONDS), second.get(20, TimeUnit.SECONDS));
        } finally {
            threads.shutdownNow();
        }
    }

    /** The members that both legs carry, in front of the rest; the room as it is to be written. */
    static String at(SimulatedEngine prefill, String room) {
        return at(prefill.bootstrapPort(), room);
    }

    static String at(int bootstrapPort, String room) {
        return members("\"127.0.0.1\"", Integer.toString(bootstrapPort), room);
    }

    /** The members with these values in JSON. */
    static String members(String host, String port, String room) {
        return "\"bootstrap_host\":" + host + ",\"bootstrap_port\":" + port + ",\"bootstrap_room\":" + room + ",";
    }

    static String get(URI target) throws IOException, InterruptedException {
        return HTTP.send(HttpRequest.newBuilder(target).build(), BodyHandlers.ofString())
                .body();
    }

    static HttpResponse<String> post(URI target, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(target)
                .POST(BodyPublishers.ofString(body))
                .build();
        return HTTP.send(request, BodyHandlers.ofString());
    }

    static SimulatedEngineBuilder engine() {
        return SimulatedEngine.builder(EngineKind.SGLANG).model("m").tokens(2);
    }

    private static Callable<HttpResponse<String>> leg(SimulatedEngine engine, String path, String body) {
        return () -> post(URI.create(engine.url() + path), body);
    }
}
