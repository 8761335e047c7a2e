package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that disconnects ends the work on the node, wherever it stands. */
class DisconnectTest {
    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String STREAM = CHAT.replace("{\"model\"", "{\"stream\":true,\"model\"");
    private static final String ROUTE = "/v1/chat/completions";
    private static final Duration LIMIT = Duration.ofMillis(100);

    private SimulatedEngine engine;
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        engine =
                SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(5).start();
        gateway = Gateway.start("--node_urls", engine.url());
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
    }

    @AfterEach
    void stop() throws Exception {
        Await.until(() -> gateway.router.nodes().all().stream().allMatch(node -> node.inFlight() == 0));
        gateway.close();
        engine.close();
    }

    @Test
    void client_disconnectsBeforeAPlainResponse_nodeIsAbortedAtOnce() throws Exception {
        engine.inject(Fault.hangBeforeHeaders());
        try (RawClient client = new RawClient(gateway)) {
            client.chat(CHAT);
            Await.until(() -> engine.requests(ROUTE).size() == 2);

            assertThat(timeToNotice(client)).isLessThan(LIMIT);
        }
    }

    @Test
    void client_disconnectsBetweenHeadersAndFirstByte_nodeIsAbortedAtOnce() throws Exception {
        engine.inject(Fault.hangAfterHeaders());
        try (RawClient client = new RawClient(gateway)) {
            client.chat(STREAM);
            Await.until(() -> engine.requests(ROUTE).size() == 2);

            assertThat(timeToNotice(client)).isLessThan(LIMIT);
        }
    }

    @Test
    void client_disconnectsInTheMiddleOfAnIdleStream_nodeIsAbortedAtOnce() throws Exception {
        engine.inject(Fault.hangAfterEvents(1));
        try (RawClient client = new RawClient(gateway)) {
            client.chat(STREAM).readUntil("data: ");

            assertThat(timeToNotice(client)).isLessThan(LIMIT);
        }
    }

    @Test
    void client_closesATlsConnection_nodeIsAbortedAtOnce(@TempDir Path folder) throws Exception {
        TestKeys keys = TestKeys.generate(folder);
        engine.inject(Fault.hangAfterEvents(1));
        try (Gateway secured = Gateway.start(
                        "--node_urls",
                        engine.url(),
                        "--ssl",
                        "--ssl_keyfile",
                        keys.key("ec-pkcs8").toString(),
                        "--ssl_certfile",
                        keys.certificate("ec-pkcs8").toString());
                RawClient client = new RawClient(TestKeys.trusting(keys.certificate("ec-pkcs8"))
                        .getSocketFactory()
                        .createSocket(InetAddress.getLoopbackAddress(), secured.server.port()))) {
            client.chat(STREAM).readUntil("data: ");

            assertThat(timeToNotice(client)).isLessThan(LIMIT);
        }
    }

    @Test
    void client_sendsItsNextRequestEarlyAndDisconnects_nodeIsAbortedAtOnce() throws Exception {
        engine.inject(Fault.hangAfterEvents(1));
        try (RawClient client = new RawClient(gateway)) {
            client.chat(STREAM).readUntil("data: ");
            client.send("GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n");

            assertThat(timeToNotice(client)).isLessThan(LIMIT);
        }
    }

    @Test
    void client_closesItsOutput_getsNoError() throws Exception {
        engine.inject(Fault.hangBeforeHeaders());
        try (RawClient client = new RawClient(gateway)) {
            client.chat(CHAT);
            Await.until(() -> engine.requests(ROUTE).size() == 2);

            assertThat(client.finish()).isEmpty();
        }
    }

    private Duration timeToNotice(RawClient client) throws Exception {
        Instant disconnectedAt = Instant.now();
        client.close();
        Instant noticed =
                engine.awaitDisconnects(1, Duration.ofSeconds(10)).get(0).noticed();
        return Duration.between(disconnectedAt, noticed);
    }

    @Test
    void client_sendsItsNextRequestEarly_getsBothResponses() throws Exception {
        try (RawClient client = new RawClient(gateway)) {
            client.chat(CHAT).chat(STREAM.replace("Hello", "again"));

            String responses = client.readUntil("[DONE]");

            assertThat(responses).contains("chat.completion\"", "chat.completion.chunk\"");
        }
    }
}
