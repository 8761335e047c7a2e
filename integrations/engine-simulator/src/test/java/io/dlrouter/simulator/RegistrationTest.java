package io.dlrouter.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RegistrationTest {
    private static final String ADD = "/nodes/add";
    private static final Duration SOON = Duration.ofSeconds(10);

    private final SimulatedEngine gateway =
            SimulatedEngine.builder(EngineKind.VLLM).start();

    @BeforeEach
    void takeNodes() {
        gateway.inject(Fault.status(200).onPath(ADD));
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void engine_registersOnceWithAnIntegerRoleAndNoKey() {
        try (SimulatedEngine engine = LinkedPair.engine()
                .decode()
                .apiKey("secret")
                .registerAt(gateway.url())
                .start()) {
            assertThat(gateway.requests()).singleElement().satisfies(request -> {
                assertThat(request.toString()).isEqualTo("POST " + ADD);
                assertThat(request.header("authorization")).isEmpty();
                assertThat(request.text())
                        .isEqualTo("{\"url\":\"" + engine.url() + "\",\"status\":{\"models\":[\"m\"],\"role\":3}}");
            });
        }
    }

    @Test
    void engine_registersBeforeItListens() throws Exception {
        gateway.clearFaults();
        gateway.inject(Fault.delay(Duration.ofSeconds(1)).onPath(ADD));
        SimulatedEngineBuilder builder = LinkedPair.engine().prefill().registerAt(gateway.url());
        CompletableFuture<SimulatedEngine> started = CompletableFuture.supplyAsync(builder::start);
        String body = gateway.awaitRequests(1, SOON).get(0).text();
        int port = Integer.parseInt(body.replaceFirst(".*127\\.0\\.0\\.1:(\\d+).*", "$1"));

        assertThat(accepts(port)).isFalse();
        try (SimulatedEngine engine = started.get(10, TimeUnit.SECONDS)) {
            assertThat(accepts(engine.port())).isTrue();
        }
    }

    @Test
    void engine_restarted_registersAgain() {
        try (SimulatedEngine engine =
                LinkedPair.engine().registerAt(gateway.url()).start()) {
            engine.restart();
            assertThat(gateway.requestCount()).isEqualTo(1);
            engine.stop();
            engine.restart();
            assertThat(gateway.requestCount()).isEqualTo(2);
        }
    }

    @Test
    void engine_thatCannotRegister_servesAllTheSame() throws Exception {
        gateway.stop();
        try (SimulatedEngine engine =
                LinkedPair.engine().registerAt(gateway.url()).start()) {
            assertThat(new ApiClient(engine).get("/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void engine_thatInitializes_saysSoForThatTime() throws Exception {
        try (SimulatedEngine slow =
                        LinkedPair.engine().initializing(Duration.ofMinutes(1)).start();
                SimulatedEngine quick =
                        LinkedPair.engine().initializing(Duration.ofNanos(1)).start()) {
            assertThat(new ApiClient(slow).get("/health").body()).startsWith("{\"status\":\"initializing\"");
            assertThat(new ApiClient(slow).get("/health").statusCode()).isEqualTo(503);
            assertThat(new ApiClient(quick).get("/health").statusCode()).isEqualTo(200);
        }
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException refused) {
            return false;
        }
    }
}
