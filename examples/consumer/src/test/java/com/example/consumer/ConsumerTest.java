package com.example.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dlrouter.core.RouterBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs twice: with the property {@code modules} on the module path, and without on the class path. */
class ConsumerTest {
    private HttpServer engine;

    @BeforeEach
    void startEngine() throws IOException {
        engine = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        engine.createContext("/health", exchange -> answer(exchange, ""));
        engine.createContext("/v1/models", exchange -> answer(exchange, "{\"data\":[{\"id\":\"demo\"}]}"));
        engine.createContext("/v1/chat/completions", ConsumerTest::echo);
        engine.start();
    }

    @AfterEach
    void stopEngine() {
        engine.stop(0);
    }

    @Test
    void ask_engineThatEchoes_getsTheBodyBack() throws IOException {
        String body = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

        assertEquals(body, Consumer.ask("http://127.0.0.1:" + engine.getAddress().getPort(), body));
    }

    @Test
    void ask_okHttpClient_isRoutedAndCounted() throws IOException {
        String body = "{\"model\":\"demo\",\"messages\":[]}";
        SimpleMeterRegistry registry = new SimpleMeterRegistry();

        try (MeasuredClient client =
                new MeasuredClient("http://127.0.0.1:" + engine.getAddress().getPort(), registry)) {
            assertEquals(body, client.ask(body));
        }
        assertEquals(
                1,
                registry.get("dlrouter.requests").tag("outcome", "completed").counter().count());
    }

    @Test
    void modules_whereTheyAreAskedFor_areNamed() {
        boolean named = Boolean.getBoolean("modules");

        assertEquals(named, Consumer.class.getModule().isNamed());
        assertEquals(named, RouterBuilder.class.getModule().isNamed());
    }

    private static void echo(HttpExchange exchange) throws IOException {
        answer(exchange, new String(exchange.getRequestBody().readAllBytes(), UTF_8));
    }

    private static void answer(HttpExchange exchange, String body) throws IOException {
        try (exchange) {
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
