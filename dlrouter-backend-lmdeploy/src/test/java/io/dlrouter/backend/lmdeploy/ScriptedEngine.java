package io.dlrouter.backend.lmdeploy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.NodeSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Headers;

/** The {@code /distserve} routes of an engine, which answer well unless a test says otherwise. */
final class ScriptedEngine implements AutoCloseable {
    static final String INFO = "{\"tp_size\":4,\"ep_size\":1,\"dp_size\":1,\"pp_size\":null,\"dp_rank\":0,"
            + "\"block_size\":64,\"num_cpu_blocks\":0,\"num_gpu_blocks\":1234,\"base\":18446744073709551615}";

    private static final String ROUTES = "/distserve/";

    private final MockWebServer server = new MockWebServer();
    private final Map<String, Queue<MockResponse>> scripts = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
    private final String name;
    private final Journal journal;
    private volatile String info = INFO;

    ScriptedEngine(String name, Journal journal) {
        this.name = name;
        this.journal = journal;
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
                return answer(request);
            }
        });
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private MockResponse answer(RecordedRequest request) throws InterruptedException {
        String route = request.getTarget().replace(ROUTES, "");
        String body = request.getBody() == null ? "" : request.getBody().string(UTF_8);
        journal.add(new Journal.Call(name, route, body, System.nanoTime()));
        CountDownLatch gate = gates.get(route);
        if (gate != null && !gate.await(1, TimeUnit.MINUTES)) {
            throw new IllegalStateException("Nobody let " + route + " be answered");
        }
        return scripted(route).orElseGet(() -> json(usual(route)));
    }

    private Optional<MockResponse> scripted(String route) {
        return Optional.ofNullable(scripts.get(route)).map(Queue::poll);
    }

    private String usual(String route) {
        return switch (route) {
            case "engine_info" -> "\"" + info.replace("\"", "\\\"") + "\"";
            case "p2p_initialize" ->
                "{\"status\":1,\"engine_endpoint_info\":" + endpoint() + ",\"kvtransfer_endpoint_info\":" + transfers()
                        + "}";
            case "p2p_connect" -> "{\"status\":1}";
            case "p2p_drop_connect" -> "{\"success\":true}";
            default -> "{}";
        };
    }

    /** Where it says that it waits, with a space that nobody may lose. */
    String endpoint() {
        return "{\"zmq_address\": \"tcp://" + name + ":1\"}";
    }

    /** Its endpoints, two ranks, with numbers that are no doubles. */
    String transfers() {
        return "[{\"protocol\":2,\"endpoint_info\":\"{\\\"addr\\\":140737488355328001}\",\"of\":\"" + name
                + "\"},{\"addr\":18446744073709551615,\"length\":1e2}]";
    }

    static MockResponse json(String body) {
        return answer(200, "application/json", body);
    }

    static MockResponse answer(int status, String type, String body) {
        return new MockResponse(status, Headers.of("Content-Type", type), body);
    }

    /** Says what the engine answers to the next calls of a route. */
    ScriptedEngine answers(String route, MockResponse... inTurn) {
        scripts.computeIfAbsent(route, r -> new ConcurrentLinkedQueue<>()).addAll(List.of(inTurn));
        return this;
    }

    /** Says that the engine takes calls of a route and is silent, until a test says otherwise. */
    CountDownLatch holds(String route) {
        CountDownLatch gate = new CountDownLatch(1);
        gates.put(route, gate);
        return gate;
    }

    void info(String json) {
        info = json;
    }

    String url() {
        return "http://localhost:" + server.getPort();
    }

    NodeSpec node() {
        return NodeSpec.of("lmdeploy", url());
    }

    @Override
    public void close() {
        gates.values().forEach(CountDownLatch::countDown);
        server.close();
    }
}
