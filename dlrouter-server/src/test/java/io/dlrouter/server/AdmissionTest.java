package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What clients see when every node is at its limit. */
class AdmissionTest {
    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String ROUTE = "/v1/chat/completions";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final SimulatedEngine engine =
            SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(3).start();

    @AfterEach
    void stop() {
        threads.shutdownNow();
        engine.close();
    }

    private Gateway gateway(String... arguments) throws Exception {
        Gateway gateway = Gateway.start(arguments);
        gateway.router.nodes().add(NodeSpec.of("vllm", engine.url()).withModels("demo"));
        return gateway;
    }

    private Future<HttpResponse<String>> later(Gateway gateway) {
        return threads.submit(() -> gateway.post(ROUTE, CHAT));
    }

    @Test
    void nodeIsFull_queueIsFull_furtherRequestsAreRejectedAtOnce() throws Exception {
        try (Gateway gateway = gateway("--node_max_in_flight", "1", "--queue_size", "1")) {
            engine.inject(Fault.hangBeforeHeaders().times(1));
            Future<HttpResponse<String>> hanging = later(gateway);
            engine.awaitRunning(1, Duration.ofSeconds(10));
            Future<HttpResponse<String>> waiting = later(gateway);
            Await.until(() -> gateway.router.waiting() == 1);

            HttpResponse<String> rejected = gateway.post(ROUTE, CHAT);

            assertThat(rejected.statusCode()).isEqualTo(429);
            assertThat(rejected.headers().firstValue("x-dlrouter-error")).hasValue("too_many_requests");
            assertThat(rejected.headers().firstValue("Retry-After")).isPresent();
            assertThat(Gateway.error(rejected, "message")).contains("'demo'", "1 in all", "queue_size 1");
            assertThat(gateway.get("/metrics").body())
                    .contains("dlrouter_requests_waiting 1.0", "dlrouter_requests_open 2.0");
            assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
            assertThat(engine.requests(ROUTE)).hasSize(1);
            hanging.cancel(true);
            assertThat(waiting.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void clientLeavesTheQueue_nodeGetsNoRequest() throws Exception {
        try (Gateway gateway = gateway("--node_max_in_flight", "1", "--queue_size", "5")) {
            engine.inject(Fault.hangBeforeHeaders().times(1));
            try (RawClient hanging = new RawClient(gateway).chat(CHAT)) {
                engine.awaitRunning(1, Duration.ofSeconds(10));
                try (RawClient disconnecting = new RawClient(gateway).chat(CHAT)) {
                    Await.until(() -> gateway.router.waiting() == 1);
                    assertThat(disconnecting).isNotNull();
                }
                long disconnectedAt = System.nanoTime();
                Await.until(() -> gateway.router.waiting() == 0);
                assertThat(System.nanoTime() - disconnectedAt)
                        .isLessThan(Duration.ofMillis(100).toNanos());
                assertThat(hanging).isNotNull();
            }
            Await.until(() -> gateway.router.nodes().all().get(0).inFlight() == 0);

            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            assertThat(engine.requests(ROUTE)).hasSize(2);
        }
    }

    @Test
    void registration_withTheNodesOwnLimit_isShownAndKept() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            gateway.post(
                    "/nodes/add",
                    "{\"url\":\"" + engine.url() + "\",\"status\":{\"models\":[\"demo\"],\"max_in_flight\":1}}");
            engine.inject(Fault.hangBeforeHeaders().times(1));
            try (RawClient hanging = new RawClient(gateway).chat(CHAT)) {
                engine.awaitRunning(1, Duration.ofSeconds(10));

                assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(429);
                assertThat(gateway.nodes().get(engine.url())).containsEntry("max_in_flight", 1.0);
                assertThat(hanging).isNotNull();
            }
        }
    }

    /** As an operator restarts the engines of a fleet, one after the other or all at once. */
    @Test
    void noNodeIsReady_requestWaitsForOne() throws Exception {
        try (Gateway gateway =
                gateway("--queue_size", "5", "--health_check_interval", "50ms", "--health_check_max_failures", "1")) {
            engine.stop();
            Await.until(() -> gateway.router.notReady().isPresent());

            Future<HttpResponse<String>> waiting = later(gateway);
            Await.until(() -> gateway.router.waiting() == 1);
            engine.restart();

            assertThat(waiting.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }
}
