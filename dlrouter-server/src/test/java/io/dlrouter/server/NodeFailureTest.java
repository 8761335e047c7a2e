package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What clients see when a node fails: a response of another node, or an honest error. */
class NodeFailureTest {
    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String STREAM = CHAT.replace("{\"model\"", "{\"stream\":true,\"model\"");
    private static final String ROUTE = "/v1/chat/completions";

    private SimulatedEngine engine;
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        engine =
                SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(5).start();
        gateway = Gateway.start("--node_urls", engine.url());
    }

    @AfterEach
    void stop() throws Exception {
        Await.until(() -> gateway.router.nodes().all().stream().allMatch(node -> node.inFlight() == 0));
        gateway.close();
        engine.close();
    }

    static Stream<Fault> cutInTheMiddle() {
        return Stream.of(Fault.cutAfterEvents(2), Fault.resetAfterEvents(2));
    }

    @ParameterizedTest
    @MethodSource("cutInTheMiddle")
    void stream_nodeCutsBetweenEvents_endsWithAnErrorEvent(Fault fault) throws Exception {
        engine.inject(fault);

        StrictResponse response = gateway.postStrictly(ROUTE, STREAM);

        assertThat(response.status()).isEqualTo(200);
        assertThat(lastEvent(response)).startsWith("data: {\"error\":{").contains("bad_node_response", engine.url());
        assertThat(response.text()).doesNotContain("[DONE]");
        assertThat(response.isWhole()).isFalse();
    }

    @Test
    void stream_nodeCutsAnEvent_endsWithNothingMore() throws Exception {
        engine.inject(Fault.cutAfterBytes(20));

        StrictResponse response = gateway.postStrictly(ROUTE, STREAM);

        assertThat(response.text()).hasSize(20).startsWith("data: {");
        assertThat(response.isWhole()).isFalse();
    }

    @Test
    void stream_nodeIsIdle_endsWithATimeoutEvent() throws Exception {
        engine.inject(Fault.hangAfterEvents(1));
        try (Gateway hasty = Gateway.start("--node_urls", engine.url(), "--stream_idle_timeout", "300ms")) {
            StrictResponse response = hasty.postStrictly(ROUTE, STREAM);

            assertThat(lastEvent(response)).contains("node_timeout", engine.url(), "0.3 s");
            assertThat(response.text()).doesNotContain("[DONE]");
            assertThat(response.isWhole()).isFalse();
        }
    }

    private static String lastEvent(StrictResponse response) {
        return response.text().substring(response.text().lastIndexOf("data: "));
    }

    @Test
    void plain_nodeCutsTheResponse_clientGetsNoCompleteResponse() {
        engine.inject(Fault.cutAfterBytes(20));

        assertThatThrownBy(() -> gateway.post(ROUTE, CHAT)).isInstanceOf(IOException.class);
    }

    static Stream<Fault> silences() {
        return Stream.of(Fault.hangBeforeHeaders(), Fault.hangAfterHeaders());
    }

    @ParameterizedTest
    @MethodSource("silences")
    void request_nodeIsIdle_isATimeoutThatNamesIt(Fault fault) throws Exception {
        engine.inject(fault);
        try (Gateway hasty = Gateway.start("--node_urls", engine.url(), "--request_timeout", "600ms")) {
            HttpResponse<String> response = hasty.post(ROUTE, STREAM);

            assertThat(response.statusCode()).isEqualTo(504);
            assertThat(response.headers().firstValue("x-dlrouter-error")).contains("node_timeout");
            assertThat(Gateway.error(response, "message")).contains(engine.url(), "0.6 s");
        }
    }

    @Test
    void request_onlyNodeRefusesConnections_isUnreachable() throws Exception {
        Await.until(() -> gateway.router.notReady().isEmpty());
        engine.stop();

        HttpResponse<String> response = gateway.post(ROUTE, CHAT);

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(Gateway.error(response, "code")).isEqualTo("node_unreachable");
        assertThat(Gateway.error(response, "message")).contains(engine.url());
    }

    @Test
    void request_oneOfTwoNodesIsDown_clientsDoNotNotice() throws Exception {
        try (SimulatedEngine other =
                SimulatedEngine.builder(EngineKind.VLLM).model("demo").start()) {
            gateway.post("/nodes/add", "{\"url\":\"" + other.url() + "\"}");
            Await.until(() -> ready() == 2);
            other.stop();

            for (int i = 0; i < 20; i++) {
                assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            }
        }
    }

    private long ready() {
        return gateway.router.nodes().all().stream()
                .map(NodeStatus::models)
                .filter(models -> !models.isEmpty())
                .count();
    }

    @Test
    void request_nodeAcceptsAndNeverResponds_isATimeoutWhileHealthResponds() throws Exception {
        try (ServerSocket blackHole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Gateway other = Gateway.start("--request_timeout", "500ms")) {
            String url = "http://127.0.0.1:" + blackHole.getLocalPort();
            other.post("/nodes/add", "{\"url\":\"" + url + "\",\"status\":{\"models\":[\"demo\"]}}");

            HttpResponse<String> response = other.post(ROUTE, CHAT);

            assertThat(response.statusCode()).isEqualTo(504);
            assertThat(Gateway.error(response, "message")).contains(url);
            assertThat(other.get("/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void node_isRemovedAndAddedAgain_isNotRoutable() throws Exception {
        Await.until(() -> gateway.router.notReady().isEmpty());
        engine.stop();

        gateway.post("/nodes/add", "{\"url\":\"" + engine.url() + "\"}");

        assertThat(gateway.nodes().get(engine.url())).containsEntry("state", "starting");
    }

    @Test
    void request_noNodeHasEverResponded_isTriedLater() throws Exception {
        engine.stop();
        try (Gateway other = Gateway.start(
                "--node_urls", engine.url(), "--health_check_interval", "50ms", "--health_check_max_failures", "1")) {
            Await.until(() -> other.router.nodes().all().get(0).state() == NodeState.EJECTED);

            HttpResponse<String> response = other.post(ROUTE, CHAT);

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.headers().firstValue("retry-after")).hasValue("1");
            assertThat(Gateway.error(response, "message")).contains("'demo'", "1 HYBRID EJECTED");
        }
    }

    @Test
    void request_unknownModelWhileANodeThatNeverRespondedIsEjected_isNotFound() throws Exception {
        engine.stop();
        try (SimulatedEngine alive = SimulatedEngine.builder(EngineKind.VLLM)
                        .model("another")
                        .start();
                Gateway other = Gateway.start(
                        "--node_urls",
                        engine.url() + "," + alive.url(),
                        "--health_check_interval",
                        "50ms",
                        "--health_check_max_failures",
                        "1")) {
            Await.until(() -> other.router.nodes().all().stream()
                    .map(NodeStatus::state)
                    .toList()
                    .equals(List.of(NodeState.EJECTED, NodeState.READY)));

            assertThat(other.post(ROUTE, CHAT).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void request_nodesHeadIsTooLarge_isABadResponse() throws Exception {
        engine.inject(Fault.canned(200, Map.of("x-large", "x".repeat(70_000)), new byte[0]));

        HttpResponse<String> response = gateway.post(ROUTE, CHAT);

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(Gateway.error(response, "code")).isEqualTo("bad_node_response");
    }

    @Test
    void request_nodesNameDoesNotResolve_isUnreachable() throws Exception {
        try (Gateway other = Gateway.start()) {
            other.post("/nodes/add", "{\"url\":\"http://no-such-host.invalid:1\",\"status\":{\"models\":[\"demo\"]}}");

            HttpResponse<String> response = other.post(ROUTE, CHAT);

            assertThat(response.statusCode()).isEqualTo(502);
            assertThat(Gateway.error(response, "code")).isEqualTo("node_unreachable");
        }
    }
}
