package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.Moshi;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/**
 * What the tests of a router over an LMDeploy Prefill/Decode fleet share: that in the end no session, no count and no
 * violation of the protocol is left.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class LmdeployFleetCase {
    static final String INFO = "/distserve/engine_info";
    static final String INITIALIZE = "/distserve/p2p_initialize";
    static final String CONNECT = "/distserve/p2p_connect";
    static final String DROP = "/distserve/p2p_drop_connect";
    static final String FREE = "/distserve/free_cache";
    static final List<String> HANDSHAKE = List.of(
            "prefill engine_info",
            "decode engine_info",
            "prefill p2p_initialize",
            "decode p2p_initialize",
            "prefill p2p_connect",
            "decode p2p_connect");

    private static final JsonAdapter<Object> JSON =
            new Moshi.Builder().build().adapter(Object.class).serializeNulls();

    LmdeployFleet fleet = new LmdeployFleet(builder -> builder);

    /** Takes another router, before the first engine. */
    final void router(UnaryOperator<RouterBuilder> options) {
        fleet.close();
        fleet = new LmdeployFleet(options);
    }

    @AfterEach
    final void stop() {
        try {
            fleet.assertNothingLeft();
        } finally {
            fleet.close();
        }
    }

    static Map<?, ?> json(String text) {
        try {
            return (Map<?, ?>) Objects.requireNonNull(JSON.fromJson(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<?, ?> json(RecordedRequest request) {
        return json(request.text());
    }

    /** What a request says under this name, an object itself. */
    static Map<?, ?> child(RecordedRequest request, String name) {
        return (Map<?, ?>) Objects.requireNonNull(json(request).get(name));
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
}
