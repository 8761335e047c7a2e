package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.Moshi;
import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;

/**
 * What the tests of an LMDeploy Prefill/Decode fleet share: a gateway, engines that register themselves at it, and that
 * in the end no session, no count and no wrong step is left.
 */
abstract class LmdeployFleetCase {
    static final String INFO = "/distserve/engine_info";
    static final String INITIALIZE = "/distserve/p2p_initialize";
    static final String CONNECT = "/distserve/p2p_connect";
    static final String DROP = "/distserve/p2p_drop_connect";
    static final String FREE = "/distserve/free_cache";
    static final String WARM_UP = "/distserve/connection_warmup";
    static final List<String> HANDSHAKE = List.of(
            "prefill engine_info",
            "decode engine_info",
            "prefill p2p_initialize",
            "decode p2p_initialize",
            "prefill p2p_connect",
            "decode p2p_connect");

    private static final JsonAdapter<Object> JSON =
            new Moshi.Builder().build().adapter(Object.class).serializeNulls();

    final PrefillDecodeFleet fleet = new PrefillDecodeFleet(EngineKind.LMDEPLOY);

    @AfterEach
    final void stop() throws Exception {
        try {
            fleet.assertNothingLeft();
        } finally {
            fleet.close();
        }
    }

    final SimulatedEngine prefill() {
        return prefill(DistServeOptions.DEFAULT);
    }

    final SimulatedEngine prefill(DistServeOptions options) {
        return fleet.prefill(fleet.engine().prefill().distServe(options));
    }

    final SimulatedEngine decode() {
        return decode(DistServeOptions.DEFAULT);
    }

    final SimulatedEngine decode(DistServeOptions options) {
        return fleet.decode(fleet.engine().decode().distServe(options));
    }

    /** Has all pairs linked before the first request. */
    static void link(Gateway gateway) throws Exception {
        HttpResponse<String> linked = gateway.post(WARM_UP, "{}");
        assertThat(linked.statusCode()).as(linked.body()).isEqualTo(200);
    }

    static String url(SimulatedEngine engine) {
        return "{\"url\":\"" + engine.url() + "\"}";
    }

    static Map<?, ?> json(String text) throws Exception {
        return (Map<?, ?>) Objects.requireNonNull(JSON.fromJson(text));
    }

    static Map<?, ?> json(RecordedRequest request) throws Exception {
        return json(request.text());
    }

    /** What a request says under this name, an object itself. */
    static Map<?, ?> child(RecordedRequest request, String name) throws Exception {
        return (Map<?, ?>) Objects.requireNonNull(json(request).get(name));
    }

    /** How the gateway shows an engine. */
    static Map<String, Object> shown(Gateway gateway, SimulatedEngine engine) throws Exception {
        return Objects.requireNonNull(gateway.nodes().get(engine.url()));
    }

    static RecordedRequest only(SimulatedEngine engine, String path) {
        List<RecordedRequest> requests = engine.requests(path);
        assertThat(requests).as("%s at %s", path, engine).hasSize(1);
        return requests.get(0);
    }

    /** The calls about links and caches in the order in which they came, each with the role of the engine called. */
    final List<String> linkCalls() {
        return Stream.concat(calls("prefill ", fleet.prefills.stream()), calls("decode ", fleet.decodes.stream()))
                .sorted(Comparator.comparing(call -> call.getValue().arrival()))
                .map(call -> call.getKey() + call.getValue().path().substring("/distserve/".length()))
                .toList();
    }

    private static Stream<Map.Entry<String, RecordedRequest>> calls(String role, Stream<SimulatedEngine> engines) {
        return engines.flatMap(engine -> engine.requests().stream())
                .filter(request -> request.path().startsWith("/distserve/"))
                .map(request -> Map.entry(role, request));
    }

    /** The responses to so many of these requests, sent at once. */
    static List<HttpResponse<String>> atOnce(int count, Callable<HttpResponse<String>> request) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(count);
        try {
            List<HttpResponse<String>> responses = new ArrayList<>();
            for (Future<HttpResponse<String>> response : clients.invokeAll(Collections.nCopies(count, request))) {
                responses.add(response.get());
            }
            return responses;
        } finally {
            clients.shutdownNow();
        }
    }
}
