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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
    private static SimulatedEngine engine;
    private static Gateway node;
    /** Trusts the node's certificate, and knows it by the name that stands there. */
    private static GatewayProcess gateway;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() throws Exception {
        keys = TestKeys.generate(folder);
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
        gateway = trusting(keys.store("rsa"));
        gateway.awaitLog(url("localhost") + " is now READY");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        node.close();
        engine.close();
    }

    @Test
    void node_certificateTrusted_serves() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(post(gateway, CHAT).body()).contains("\"chat.completion\"");
            assertThat(post(gateway, STREAM).body()).endsWith("data: [DONE]\n\n");
        }

        assertThat(engine.requests(ROUTE))
                .extracting(RecordedRequest::text)
                .endsWith(CHAT, STREAM, CHAT, STREAM, CHAT, STREAM);
    }

    @Test
    void client_disconnectsInTheMiddleOfAStream_nodeIsAborted() throws Exception {
        engine.inject(Fault.hangAfterEvents(1).times(1));
        URI url = URI.create(gateway.url());
        try (RawClient disconnecting = new RawClient(new Socket(url.getHost(), url.getPort()))) {
            disconnecting.chat(STREAM).readUntil("data: ");
        }

        assertThat(engine.awaitDisconnects(1, Duration.ofSeconds(10))).hasSize(1);
    }

    @Test
    void node_certificateOfAnotherHost_isUnreachable() throws Exception {
        String other = url("127.0.0.1");
        post(gateway, "/nodes/add", "{\"url\":\"" + other + "\",\"status\":{\"models\":[\"other\"]}}");

        HttpResponse<String> response = post(gateway, CHAT.replace("demo", "other"));

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(Gateway.error(response, "code")).isEqualTo("node_unreachable");
        assertThat(Gateway.error(response, "message")).contains(other, "No subject alternative names");
    }

    @Test
    void node_certificateNotTrusted_isEjectedWithTheReasonInTheLog() throws Exception {
        try (GatewayProcess wary = trusting(keys.store("ec"))) {
            assertThat(wary.awaitLog(url("localhost") + " is now EJECTED")).contains("PKIX path");
            assertThat(post(wary, CHAT).statusCode()).isEqualTo(503);
        }
    }

    private static String url(String host) {
        return "https://" + host + ":" + node.server.port();
    }

    /** A gateway in front of the node that trusts the certificates in this file. */
    private static GatewayProcess trusting(Path store) throws Exception {
        return GatewayProcess.start(
                List.of("-Djavax.net.ssl.trustStore=" + store, "-Djavax.net.ssl.trustStorePassword=secret"),
                "--server_name=127.0.0.1",
                "--server_port=0",
                "--backend=vllm",
                "--disable_cache_status",
                "--node_urls=" + url("localhost"));
    }

    private HttpResponse<String> post(GatewayProcess to, String body) throws Exception {
        return post(to, ROUTE, body);
    }

    private HttpResponse<String> post(GatewayProcess to, String path, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(to.url() + path))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }
}
