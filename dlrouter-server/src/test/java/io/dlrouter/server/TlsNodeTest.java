package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that serve TLS: the one here is a gateway in front of an engine. */
class TlsNodeTest {
    private static final String ROUTE = "/v1/chat/completions";
    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String STREAM = CHAT.replace("{\"model\"", "{\"stream\":true,\"model\"");

    @TempDir
    private static Path folder;

    private static TestKeys keys;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private SimulatedEngine engine;
    private Gateway node;

    @BeforeAll
    static void generate() throws Exception {
        keys = TestKeys.generate(folder);
    }

    @BeforeEach
    void start() throws Exception {
        engine =
                SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(5).start();
        node = Gateway.start(
                "--node_urls",
                engine.url(),
                "--ssl",
                "--ssl_keyfile",
                keys.key("rsa-pkcs8").toString(),
                "--ssl_certfile",
                keys.certificate("rsa-pkcs8").toString());
    }

    @AfterEach
    void stop() {
        node.close();
        engine.close();
    }

    @Test
    void node_certificateTrusted_serves() throws Exception {
        try (GatewayProcess gateway = gateway("localhost", keys.store("rsa"))) {
            Await.until(() -> get(gateway, "/ready").statusCode() == 200);

            for (int i = 0; i < 3; i++) {
                assertThat(post(gateway, CHAT).body()).contains("\"chat.completion\"");
                assertThat(post(gateway, STREAM).body()).endsWith("data: [DONE]\n\n");
            }

            assertThat(engine.requests(ROUTE))
                    .extracting(RecordedRequest::text)
                    .containsExactly(CHAT, STREAM, CHAT, STREAM, CHAT, STREAM);
        }
    }

    @Test
    void client_leavesInTheMiddleOfAStream_nodeIsTold() throws Exception {
        engine.inject(Fault.hangAfterEvents(1));
        try (GatewayProcess gateway = gateway("localhost", keys.store("rsa"))) {
            Await.until(() -> get(gateway, "/ready").statusCode() == 200);
            URI url = URI.create(gateway.url());
            try (RawClient leaving = new RawClient(new Socket(url.getHost(), url.getPort()))) {
                leaving.chat(STREAM).readUntil("data: ");
            }

            assertThat(engine.awaitDisconnects(1, Duration.ofSeconds(10))).hasSize(1);
        }
    }

    @Test
    void node_certificateNotTrusted_getsNoRequestAndTheLogSaysWhy() throws Exception {
        try (GatewayProcess gateway = gateway("localhost", keys.store("ec"))) {
            assertThat(gateway.awaitLog(url("localhost") + " is now EJECTED")).contains("PKIX path");
            assertThat(post(gateway, CHAT).statusCode()).isEqualTo(503);
            assertThat(engine.requests(ROUTE)).isEmpty();
        }
    }

    @Test
    void node_certificateOfAnotherHost_getsNoRequestAndTheLogSaysWhy() throws Exception {
        try (GatewayProcess gateway = gateway("127.0.0.1", keys.store("rsa"))) {
            assertThat(gateway.awaitLog(url("127.0.0.1") + " is now EJECTED")).contains("No subject alternative names");
            assertThat(post(gateway, CHAT).statusCode()).isEqualTo(503);
            assertThat(engine.requests(ROUTE)).isEmpty();
        }
    }

    private String url(String host) {
        return "https://" + host + ":" + node.server.port();
    }

    /** A gateway that trusts the certificates in this file, and knows the node by this name of its host. */
    private GatewayProcess gateway(String host, Path trusted) throws Exception {
        return GatewayProcess.start(
                List.of("-Djavax.net.ssl.trustStore=" + trusted, "-Djavax.net.ssl.trustStorePassword=secret"),
                "--server_name=127.0.0.1",
                "--server_port=0",
                "--backend=vllm",
                "--disable_cache_status",
                "--node_urls=" + url(host));
    }

    private HttpResponse<String> get(GatewayProcess gateway, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + path)).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(GatewayProcess gateway, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + ROUTE))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }
}
