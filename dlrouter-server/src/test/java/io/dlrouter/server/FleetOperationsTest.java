package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeState;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What operators do with a fleet, and what its engines see of the gateway. */
class FleetOperationsTest {
    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String ROUTE = "/v1/chat/completions";

    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final List<SimulatedEngine> engines = Stream.generate(
                    () -> SimulatedEngine.builder(EngineKind.VLLM).model("demo").start())
            .limit(3)
            .toList();

    @AfterEach
    void stop() {
        clients.shutdownNow();
        engines.forEach(SimulatedEngine::close);
    }

    @Test
    void nodes_restartedOneAfterTheOther_noClientNotices() throws Exception {
        try (Gateway gateway = Gateway.start("--node_urls", PrefillDecodeFleet.urls(engines))) {
            Await.until(() -> readyNodes(gateway) == 3);
            CountDownLatch restarted = new CountDownLatch(1);
            List<Future<Integer>> served = Stream.generate(() -> clients.submit(requestsUntil(restarted, gateway)))
                    .limit(4)
                    .toList();

            for (SimulatedEngine engine : engines) {
                restart(gateway, engine);
            }
            restarted.countDown();

            for (Future<Integer> client : served) {
                assertThat(client.get()).isPositive();
            }
        }
    }

    private static void restart(Gateway gateway, SimulatedEngine engine) throws Exception {
        String node = "{\"url\":\"" + engine.url() + "\"}";
        gateway.post("/nodes/drain", node);
        Await.until(() -> gateway.router.nodes().all().size() == 2);
        engine.stop();
        engine.restart();
        gateway.post("/nodes/add", node);
        Await.until(() -> readyNodes(gateway) == 3);
    }

    private static Callable<Integer> requestsUntil(CountDownLatch end, Gateway gateway) {
        return () -> {
            int served = 0;
            while (end.getCount() > 0) {
                assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
                served++;
            }
            return served;
        };
    }

    @Test
    void node_notUpWhenTheGatewayStarts_isUsedOnceItIsUp() throws Exception {
        SimulatedEngine late = engines.get(0);
        late.stop();
        try (Gateway gateway =
                Gateway.start("--node_urls", PrefillDecodeFleet.urls(engines), "--health_check_interval", "50ms")) {
            Await.until(() -> readyNodes(gateway) == 2);
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

            late.restart();

            Await.until(() -> readyNodes(gateway) == 3);
        }
    }

    private static long readyNodes(Gateway gateway) {
        return gateway.router.nodes().all().stream()
                .filter(node -> node.state() == NodeState.READY)
                .count();
    }

    @Test
    void engine_ofAWorkingGateway_isAskedOnlyForHealthModelsAndResponses() throws Exception {
        SimulatedEngine engine = engines.get(0);
        try (Gateway gateway = Gateway.start("--node_urls", engine.url(), "--health_check_interval", "20ms")) {
            Await.until(() -> readyNodes(gateway) == 1);
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            assertThat(gateway.get("/metrics").statusCode()).isEqualTo(200);
            assertThat(gateway.nodes()).hasSize(1);
            Await.until(() -> engine.requests("/health").size() > 5);

            assertThat(engine.requests())
                    .extracting(RecordedRequest::path)
                    .containsOnly("/health", "/v1/models", ROUTE);
        }
    }

    @Test
    void key_ofAClientThatTheGatewayChecks_isNotSentToTheNode() throws Exception {
        SimulatedEngine engine = engines.get(0);
        try (Gateway gateway = Gateway.start("--node_urls", engine.url(), "--api_keys", "secret")) {
            Await.until(() -> readyNodes(gateway) == 1);

            assertThat(gateway.post(ROUTE, CHAT, "Authorization", "Bearer secret")
                            .statusCode())
                    .isEqualTo(200);

            assertThat(engine.requests(ROUTE))
                    .singleElement()
                    .satisfies(request ->
                            assertThat(request.header("Authorization")).isEmpty());
        }
    }
}
