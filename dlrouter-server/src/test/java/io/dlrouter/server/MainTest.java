package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway as a process of its own. */
final class MainTest {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void version_asked_isPrinted() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start("--version")) {
            assertThat(gateway.exitStatus()).isZero();
            assertThat(gateway.output()).startsWith("dlrouter ").hasLineCount(1);
        }
    }

    @Test
    void help_asked_isPrintedThoughTheRestIsIncomplete() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start("--help", "--ssl", "--backend", "sglang")) {
            assertThat(gateway.exitStatus()).isZero();
            assertThat(gateway.output()).contains("--prefill_bootstrap_ports");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--bogus", "--server_port=x", "--routing_strategy=x", "--ssl", "--prefill_urls=http://p"})
    void configuration_wrong_isOneLineAndExit2(String argument) throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(argument)) {
            assertThat(gateway.exitStatus()).isEqualTo(2);
            assertThat(gateway.log()).hasSize(1).first().asString().startsWith("dlrouter: ");
        }
    }

    @Test
    void port_inUse_isOneLineAndExit1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0);
                GatewayProcess gateway =
                        GatewayProcess.start("--disable_cache_status", "--server_port", "" + taken.getLocalPort())) {
            assertThat(gateway.exitStatus()).isEqualTo(1);
            assertThat(gateway.log())
                    .hasSize(1)
                    .first()
                    .asString()
                    .startsWith("dlrouter: cannot listen on 0.0.0.0:" + taken.getLocalPort() + ": ");
        }
    }

    @Test
    void start_configured_saysWhereItListensAndHow() throws Exception {
        try (GatewayProcess gateway = serving("http://127.0.0.1:9", "60s")) {
            assertThat(gateway.url()).startsWith("http://127.0.0.1:");
            assertThat(gateway.log())
                    .anySatisfy(line -> assertThat(line)
                            .contains("(hybrid, backend vllm, strategy min_expected_latency, 1 nodes)"));
        }
    }

    @Test
    void terminate_streamOpen_isLetEndWhileNewOnesAreRefused() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
                        .model("m")
                        .timePerToken(Duration.ofMillis(200))
                        .tokens(20)
                        .start();
                GatewayProcess gateway = serving(engine.url(), "60s")) {
            try (InputStream stream = stream(gateway)) {
                assertThat(stream.read()).isNotNegative();
                gateway.terminate();
                gateway.awaitLog("Shutting down: waiting for 1 open requests");

                assertThat(get(gateway, "/health").statusCode()).isEqualTo(200);
                assertThat(get(gateway, "/ready").statusCode()).isEqualTo(503);
                assertThat(post(gateway).headers().firstValue("x-dlrouter-error"))
                        .hasValue("shutting_down");

                assertThat(new String(stream.readAllBytes(), UTF_8)).endsWith("data: [DONE]\n\n");
            }
            assertThat(gateway.exitStatus()).isEqualTo(143);
            assertThat(gateway.log()).noneMatch(line -> line.contains("WARN") || line.contains("ERROR"));
        }
    }

    @Test
    void terminate_streamOpenAfterGrace_isCut() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
                        .model("m")
                        .timePerToken(Duration.ofSeconds(100))
                        .start();
                GatewayProcess gateway = serving(engine.url(), "100ms");
                InputStream stream = stream(gateway)) {
            assertThat(stream.read()).isNotNegative();
            gateway.terminate();

            assertThat(gateway.exitStatus()).isEqualTo(143);
            assertThat(gateway.log()).anySatisfy(line -> assertThat(line).contains("Cut 1 requests"));
            assertThat(engine.awaitDisconnects(1, Duration.ofSeconds(10))).hasSize(1);
        }
    }

    private static GatewayProcess serving(String node, String grace) throws Exception {
        GatewayProcess gateway = GatewayProcess.start(
                "--server_name",
                "127.0.0.1",
                "--server_port",
                "0",
                "--backend",
                "vllm",
                "--disable_cache_status",
                "--shutdown_grace",
                grace,
                "--node_urls",
                node);
        gateway.awaitLog("listens on");
        return gateway;
    }

    private InputStream stream(GatewayProcess gateway) throws Exception {
        Await.until(() -> get(gateway, "/v1/models").body().contains("\"m\""));
        return client.send(request(gateway), BodyHandlers.ofInputStream()).body();
    }

    private HttpResponse<String> post(GatewayProcess gateway) throws Exception {
        return client.send(request(gateway), BodyHandlers.ofString());
    }

    private static HttpRequest request(GatewayProcess gateway) throws Exception {
        return HttpRequest.newBuilder(URI.create(gateway.url() + "/v1/completions"))
                .POST(BodyPublishers.ofString("{\"model\":\"m\",\"prompt\":\"x\",\"stream\":true}"))
                .build();
    }

    private HttpResponse<String> get(GatewayProcess gateway, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + path)).build(), BodyHandlers.ofString());
    }
}
