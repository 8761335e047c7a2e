package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Lease;
import io.dlrouter.LinkReport;
import io.dlrouter.ModelCard;
import io.dlrouter.NodeRegistry;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import io.dlrouter.RouterDescription;
import io.dlrouter.server.options.ServerOptions;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ends of responses that no fault of an engine brings about: those are the matter of {@link CutResponseTest}. */
final class ResponseEndTest {
    private static final String STREAM = "{\"model\":\"demo\",\"stream\":true,\"messages\":[]}";
    private static final String ROUTE = "/v1/chat/completions";

    private final SimulatedEngine engine =
            SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(5).start();

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void stream_routerThrowsInTheMiddle_isNotWholeAndEndsWithAnErrorEvent() throws Exception {
        ServerOptions options = ServerOptions.parse(
                Map.of(), "--server_name=127.0.0.1", "--server_port=0", "--backend=vllm", "--disable_cache_status");
        try (Router router = new ThrowingRouter(options.router());
                RouterServer server = RouterServer.start(router, options.settings(), options.listeners());
                RawClient client = new RawClient(new Socket(InetAddress.getLoopbackAddress(), server.port()))) {
            StrictResponse response = client.post(ROUTE, STREAM).response();

            assertThat(response.isWhole()).isFalse();
            assertThat(response.text())
                    .startsWith("data: 1\n\ndata: {\"error\":{")
                    .contains("\"code\":\"internal_error\"")
                    .endsWith("}}\n\n");
        }
    }

    /** As {@code nc} does after it has sent a request: it reads on, and must not take what has come for all. */
    @Test
    void stream_clientOfHttp10HasClosedItsSide_isReset() throws Exception {
        engine.inject(Fault.hangAfterEvents(1));
        try (Gateway gateway = gateway();
                Socket client = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            client.setSoTimeout(20_000);
            client.getOutputStream()
                    .write(("POST " + ROUTE + " HTTP/1.0\r\nContent-Length: " + STREAM.length() + "\r\n\r\n" + STREAM)
                            .getBytes(ISO_8859_1));
            awaitText(client.getInputStream(), "data: {");

            client.shutdownOutput();

            assertThatThrownBy(() -> client.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
        }
    }

    /**
     * Bytes that the gateway has not read turn an end in order into a reset, which takes with it what is still on its way
     * to a client that reads slowly.
     */
    @Test
    void stream_clientHasSentMuchThatIsNotRead_getsTheErrorEvent() throws Exception {
        try (ServerSocket node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Gateway gateway = Gateway.start("--health_check_interval", "1h");
                Socket client = new Socket()) {
            String url = "http://127.0.0.1:" + node.getLocalPort();
            gateway.router.nodes().add(NodeSpec.of("vllm", url).withModels("demo"));
            client.setReceiveBufferSize(1024);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.server.port()));
            CompletableFuture<Void> cutting = CompletableFuture.runAsync(() -> cutAfterALongEvent(node));

            StrictResponse response = new RawClient(client)
                    .post(ROUTE, STREAM)
                    .send("GET /health HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(30_000) + "\r\n\r\n")
                    .responseAfter(() -> {
                        cutting.join();
                        Await.until(() -> gateway.router.nodes().all().get(0).inFlight() == 0);
                    });

            assertThat(response.isWhole()).isFalse();
            assertThat(response.text())
                    .contains("\"code\":\"bad_node_response\"")
                    .endsWith("}}\n\n");
        }
    }

    private static void cutAfterALongEvent(ServerSocket node) {
        String event = "data: " + "x".repeat(12_000) + "\n\n";
        for (boolean served = false; !served; ) {
            try (Socket router = node.accept()) {
                String request = new String(router.getInputStream().readNBytes(4), ISO_8859_1);
                served = request.equals("POST");
                if (served) {
                    awaitText(router.getInputStream(), STREAM);
                    router.getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                            + "Transfer-Encoding: chunked\r\n\r\n"
                                            + Integer.toHexString(event.length()) + "\r\n" + event + "\r\n")
                                    .getBytes(ISO_8859_1));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void error_onMessages_hasAnthropicsShape() throws Exception {
        try (Gateway gateway =
                Gateway.start("--max_body_size", "100", "--api_keys", "k", "--node_urls", engine.url())) {
            Await.until(() -> gateway.router.notReady().isEmpty());

            assertAnthropic(gateway, "POST", STREAM, "wrong", 401, "authentication_error", "invalid_api_key");
            assertAnthropic(gateway, "POST", "{\"model\":\"x\"}", "k", 404, "not_found_error", "model_not_found");
            assertAnthropic(gateway, "POST", "[]", "k", 400, "invalid_request_error", "invalid_request");
            assertAnthropic(gateway, "POST", "x".repeat(101), "k", 413, "request_too_large", "request_too_large");
            assertAnthropic(gateway, "GET", "", "k", 405, "invalid_request_error", "method_not_allowed");
        }
        try (Gateway empty = Gateway.start()) {
            assertAnthropic(empty, "POST", STREAM, "k", 503, "overloaded_error", "no_node_available");
        }
    }

    private static void assertAnthropic(
            Gateway gateway, String method, String body, String key, int status, String type, String code)
            throws Exception {
        var response = gateway.send(method, "/v1/messages", body, "Authorization", "Bearer " + key);

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("x-dlrouter-error")).hasValue(code);
        assertThat(response.body())
                .startsWith("{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"");
    }

    private Gateway gateway() throws Exception {
        Gateway gateway = Gateway.start();
        gateway.router.nodes().add(NodeSpec.of("vllm", engine.url()).withModels("demo"));
        return gateway;
    }

    private static void awaitText(InputStream in, String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            int next = in.read();
            assertThat(next).as("after '%s'", read).isNotNegative();
            read.append((char) next);
        }
    }

    /** A router with a defect: its streams throw what no body should after an event. */
    private record ThrowingRouter(Router router) implements Router {
        @Override
        public InferenceResponse route(InferenceRequest request, Cancellation cancellation) {
            return new Streamed();
        }

        @Override
        public Lease lease(InferenceRequest request) {
            return router.lease(request);
        }

        @Override
        public NodeRegistry nodes() {
            return router.nodes();
        }

        @Override
        public List<ModelCard> models() {
            return router.models();
        }

        @Override
        public int waiting() {
            return router.waiting();
        }

        @Override
        public Optional<String> notReady() {
            return router.notReady();
        }

        @Override
        public RouterDescription describe() {
            return router.describe();
        }

        @Override
        public List<LinkReport> linkAll() {
            return router.linkAll();
        }

        @Override
        public void close() {
            router.close();
        }
    }

    /** An event, and then the defect. */
    private static final class Streamed implements InferenceResponse {
        private final InputStream body = new SequenceInputStream(
                new ByteArrayInputStream("data: 1\n\n".getBytes(UTF_8)),
                new FilterInputStream(InputStream.nullInputStream()) {
                    @Override
                    public int read(byte[] target, int offset, int length) {
                        throw new IllegalStateException("a defect");
                    }
                });

        @Override
        public int status() {
            return 200;
        }

        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of("Content-Type", List.of("text/event-stream")), (name, value) -> true);
        }

        @Override
        public InputStream body() {
            return body;
        }

        @Override
        public NodeSpec servedBy() {
            return NodeSpec.of("vllm", "http://a:1");
        }

        @Override
        public void close() {}
    }
}
