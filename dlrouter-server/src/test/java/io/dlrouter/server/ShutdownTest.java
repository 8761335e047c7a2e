package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What becomes of a gateway, its clients and their requests after SIGTERM. */
final class ShutdownTest {
    private static final String STREAM = "{\"model\":\"m\",\"prompt\":\"x\",\"stream\":true}";
    private static final String LAST_CHUNK = "\r\n0\r\n\r\n";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void delay_notOver_servesOnThoughNotReady() throws Exception {
        try (SimulatedEngine engine = engine(Duration.ofMillis(1));
                GatewayProcess gateway = serving(engine, "5s", "60s")) {
            Await.until(() -> get(gateway, "/ready").statusCode() == 200);
            gateway.terminate();
            gateway.awaitLog("accepting requests for 5000 ms");

            HttpResponse<String> ready = get(gateway, "/ready");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.headers().firstValue("x-dlrouter-error")).hasValue("shutting_down");
            assertThat(get(gateway, "/health").statusCode()).isEqualTo(200);
            try (RawClient newcomer = connect(gateway)) {
                assertThat(newcomer.chat("{\"model\":\"m\",\"messages\":[]}").readUntil("choices"))
                        .startsWith("HTTP/1.1 200 ");
            }

            gateway.awaitLog("waiting for 0 open requests");
            awaitRejection(gateway);
            assertThat(gateway.exitStatus()).isEqualTo(143);
        }
    }

    @Test
    void delayOver_streamOpen_completesWhileNewRequestsAreRejected() throws Exception {
        try (SimulatedEngine engine = engine(Duration.ofMillis(200));
                GatewayProcess gateway = serving(engine, "100ms", "60s");
                RawClient kept = connect(gateway)) {
            kept.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").readUntil("ok");
            try (BufferedReader stream = new BufferedReader(new InputStreamReader(stream(gateway), UTF_8))) {
                assertThat(stream.readLine()).startsWith("data: ");
                gateway.terminate();
                gateway.awaitLog("waiting for 1 open requests");

                awaitRejection(gateway);
                readTwoSeconds(stream);
                assertThat(kept.chat("{\"model\":\"m\",\"messages\":[]}").finish())
                        .startsWith("HTTP/1.1 503 ")
                        .containsIgnoringCase("connection: close")
                        .contains("x-dlrouter-error: shutting_down");

                assertThat(stream.lines().toList()).endsWith("data: [DONE]", "");
            }
            assertThat(gateway.exitStatus()).isEqualTo(143);
            assertThat(gateway.log()).noneMatch(line -> line.contains("WARN") || line.contains("ERROR"));
        }
    }

    @Test
    void graceOver_streamOpen_isCutWithAnErrorEvent() throws Exception {
        try (SimulatedEngine engine = engine(Duration.ofSeconds(100));
                GatewayProcess gateway = serving(engine, "0", "100ms");
                RawClient streaming = connect(gateway)) {
            Await.until(() -> get(gateway, "/ready").statusCode() == 200);
            String begun = streaming.post("/v1/completions", STREAM).readUntil("data: ");
            gateway.terminate();

            assertThat(begun + streaming.readUntil(LAST_CHUNK))
                    .contains("data: {\"error\":{", "\"code\":\"shutting_down\"}}\n\n")
                    .doesNotContain(LAST_CHUNK);
            assertThat(gateway.exitStatus()).isEqualTo(143);
            assertThat(gateway.log()).anySatisfy(line -> assertThat(line).contains("Cut 1 open requests"));
            assertThat(engine.awaitDisconnects(1, Duration.ofSeconds(10))).hasSize(1);
        }
    }

    @Test
    void nothingOpen_idleConnection_endsAtOnceAfterTheDelay() throws Exception {
        try (SimulatedEngine engine = engine(Duration.ofMillis(1));
                GatewayProcess gateway = serving(engine, "0", "1h");
                RawClient idle = connect(gateway)) {
            idle.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").readUntil("ok");

            gateway.terminate();

            assertThat(gateway.exitStatus()).isEqualTo(143);
            assertThat(gateway.log()).last().asString().contains("Stopped");
        }
    }

    @Test
    void accessLog_ofAProcess_isItsStandardOutput() throws Exception {
        try (SimulatedEngine engine = engine(Duration.ofMillis(1));
                GatewayProcess gateway = serving(engine, "0", "1s", "--api_keys", "k", "--access_log", "json")) {
            assertThat(client.send(request(gateway), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
            gateway.terminate();

            assertThat(gateway.exitStatus()).isEqualTo(143);
            assertThat(gateway.output())
                    .hasLineCount(1)
                    .startsWith("{\"time\":\"")
                    .contains("\"route\":\"/v1/completions\",\"status\":401,");
            assertThat(gateway.log()).noneMatch(line -> line.contains("/v1/completions"));
        }
    }

    private static SimulatedEngine engine(Duration timePerToken) {
        return SimulatedEngine.builder(EngineKind.VLLM)
                .model("m")
                .timePerToken(timePerToken)
                .tokens(30)
                .start();
    }

    private static GatewayProcess serving(SimulatedEngine engine, String delay, String grace, String... more)
            throws Exception {
        String[] options = {
            "--server_name=127.0.0.1",
            "--server_port=0",
            "--backend=vllm",
            "--disable_cache_status",
            "--shutdown_delay=" + delay,
            "--shutdown_grace=" + grace,
            "--node_urls=" + engine.url()
        };
        GatewayProcess gateway = GatewayProcess.start(
                Stream.of(options, more).flatMap(Arrays::stream).toArray(String[]::new));
        gateway.awaitLog("listens on");
        return gateway;
    }

    private InputStream stream(GatewayProcess gateway) throws Exception {
        Await.until(() -> get(gateway, "/ready").statusCode() == 200);
        return client.send(request(gateway), BodyHandlers.ofInputStream()).body();
    }

    /** Ten of the engine's thirty tokens, and so longer than Jetty would leave a connection that is silent. */
    private static void readTwoSeconds(BufferedReader stream) throws Exception {
        for (int line = 0; line < 20; line++) {
            assertThat(stream.readLine()).isNotNull();
        }
    }

    private static HttpRequest request(GatewayProcess gateway) throws Exception {
        return HttpRequest.newBuilder(URI.create(gateway.url() + "/v1/completions"))
                .POST(BodyPublishers.ofString(STREAM))
                .build();
    }

    private HttpResponse<String> get(GatewayProcess gateway, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + path)).build(), BodyHandlers.ofString());
    }

    private static RawClient connect(GatewayProcess gateway) throws Exception {
        return new RawClient(new Socket(
                InetAddress.getLoopbackAddress(), URI.create(gateway.url()).getPort()));
    }

    /** The port closes when the thread that waits for connections has heard of it, which takes a moment. */
    private static void awaitRejection(GatewayProcess gateway) throws Exception {
        Await.until(() -> {
            try {
                connect(gateway).close();
                return false;
            } catch (ConnectException e) {
                return true;
            }
        });
    }
}
