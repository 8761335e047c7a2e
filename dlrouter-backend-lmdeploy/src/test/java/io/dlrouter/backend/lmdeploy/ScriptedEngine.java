package io.dlrouter.backend.lmdeploy;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.NodeClient.Response;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The {@code /distserve} routes of an engine, which respond correctly unless a test configures a failure, on the thread that calls.
 */
final class ScriptedEngine {
    static final String INFO = "{\"tp_size\":4,\"ep_size\":1,\"dp_size\":1,\"pp_size\":null,\"dp_rank\":0,"
            + "\"block_size\":64,\"num_cpu_blocks\":0,\"num_gpu_blocks\":1234,\"base\":18446744073709551615}";

    private static final String ROUTES = "/distserve/";

    private final Map<String, Queue<Response>> scripts = new ConcurrentHashMap<>();
    private final Map<String, Runnable> during = new ConcurrentHashMap<>();
    private final Set<String> hanging = ConcurrentHashMap.newKeySet();
    private final String name;
    private final Journal journal;
    private final FakeClock clock;
    private volatile String info = INFO;
    private volatile boolean down;

    /** @param clock that moves on while a caller waits in vain */
    ScriptedEngine(String name, Journal journal, FakeClock clock) {
        this.name = name;
        this.journal = journal;
        this.clock = clock;
    }

    /** Responses a call that takes no longer than the limit. */
    Response call(String path, String body, Duration limit) throws IOException {
        if (down) {
            throw new ConnectException("Connection refused");
        }
        String route = path.replace(ROUTES, "");
        journal.add(new Journal.Call(name, route, body, limit));
        Optional.ofNullable(during.remove(route)).ifPresent(Runnable::run);
        if (hanging.contains(route)) {
            clock.advance(limit);
            throw new HttpTimeoutException("request timed out");
        }
        return scripted(route).orElseGet(() -> json(usual(route)));
    }

    private Optional<Response> scripted(String route) {
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

    /** What an engine responds that nothing is wrong with. */
    static Response usual(NodeSpec node, String path) {
        String host = node.address().url().getHost();
        return json(new ScriptedEngine(host, new Journal(), new FakeClock()).usual(path.replace(ROUTES, "")));
    }

    static Response json(String body) {
        return new Response(200, body);
    }

    /** Says what the engine responds to the next calls of a route. */
    ScriptedEngine respondsWith(String route, Response... inTurn) {
        scripts.computeIfAbsent(route, r -> new ConcurrentLinkedQueue<>()).addAll(List.of(inTurn));
        return this;
    }

    /** Says what happens while the next call of a route is in progress. */
    void during(String route, Runnable action) {
        during.put(route, action);
    }

    /** Says that the engine takes calls of a route and never responses, so that they time out. */
    void hangs(String route) {
        hanging.add(route);
    }

    /** Says that the engine refuses connections. */
    void refusesConnections() {
        down = true;
    }

    void info(String json) {
        info = json;
    }

    String url() {
        return "http://" + name.toLowerCase(Locale.ROOT) + ":23333";
    }

    NodeSpec node() {
        return NodeSpec.of("lmdeploy", url());
    }
}
