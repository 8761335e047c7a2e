package io.dlrouter.benchmark;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Clients that send one chat after the other, every other one streamed, and count how each ended. */
final class Clients {
    private static final String WHOLE = "whole";
    private static final String CHAT =
            "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Tell me of the sea, and of ships\"}]}";
    private static final String STREAM =
            "{\"stream\":true,\"stream_options\":{\"include_usage\":true}," + CHAT.substring(1);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final URI url;
    private final Map<String, LongAdder> outcomes = new ConcurrentSkipListMap<>();
    private final Queue<Long> latencies = new ConcurrentLinkedQueue<>();

    Clients(String gateway) {
        url = URI.create(gateway + "/v1/chat/completions");
    }

    /** Lets so many clients send for so long, and returns when the last has its answer. */
    void run(int count, Duration time) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        long end = System.nanoTime() + time.toNanos();
        for (int i = 0; i < count; i++) {
            threads.execute(() -> sendUntil(end));
        }
        threads.shutdown();
        if (!threads.awaitTermination(time.toSeconds() + 60, TimeUnit.SECONDS)) {
            threads.shutdownNow();
            count("never answered");
        }
    }

    private void sendUntil(long end) {
        for (int i = 0; System.nanoTime() < end; i++) {
            send(i % 2 == 0 ? CHAT : STREAM);
        }
    }

    private void send(String body) {
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        long start = System.nanoTime();
        try {
            String outcome = outcome(http.send(request, HttpResponse.BodyHandlers.ofString()));
            count(outcome);
            if (outcome.equals(WHOLE)) {
                latencies.add(System.nanoTime() - start);
            }
        } catch (IOException e) {
            count("connection: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String outcome(HttpResponse<String> answer) {
        String body = answer.body();
        if (answer.statusCode() != 200) {
            return answer.statusCode() + " "
                    + answer.headers().firstValue("x-dlrouter-error").orElse("of the node");
        }
        if (body.contains("\"error\":")) {
            return "stream broken off, and told so";
        }
        boolean whole = body.contains("\"completion_tokens\":20,") && !body.contains("kv_transfer_params");
        return whole && (!body.startsWith("data:") || body.endsWith("data: [DONE]\n\n")) ? WHOLE : "NOT WHOLE";
    }

    private void count(String outcome) {
        outcomes.computeIfAbsent(outcome, none -> new LongAdder()).increment();
    }

    /** How many requests ended how. */
    Map<String, LongAdder> outcomes() {
        return outcomes;
    }

    /** The time that so many per cent of the whole answers took at most, in milliseconds. */
    double percentile(int percent) {
        long[] sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[(int) ((sorted.length - 1L) * percent / 100)] / 1e6;
    }
}
