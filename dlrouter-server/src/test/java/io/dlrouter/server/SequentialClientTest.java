package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that sends its next request once it has the last byte of a response, on a new connection each. */
class SequentialClientTest {
    private static final int REQUESTS = 2000;
    private static final String HEAD_END = "\r\n\r\n";
    private static final Pattern LENGTH = Pattern.compile("\r\nContent-Length: (\\d+)\r\n", Pattern.CASE_INSENSITIVE);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hybrid_limitsOfOne_rejectNothing(boolean streamed) throws Exception {
        try (SimulatedEngine engine = engine();
                Gateway gateway =
                        hybrid(List.of(engine), "--node_max_in_flight", "1", "--max_concurrent_requests", "1")) {
            assertServed(gateway, streamed ? STREAM : CHAT, REQUESTS);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = EngineKind.class,
            names = {"VLLM", "SGLANG"})
    void split_limitsOfOne_rejectNothing(EngineKind kind) throws Exception {
        try (PrefillDecodeFleet fleet = new PrefillDecodeFleet(kind)) {
            fleet.prefill(fleet.engine().prefill());
            fleet.decode(fleet.engine().decode());
            try (Gateway gateway = fleet.readyGateway(
                    "--node_max_in_flight", "1", "--max_concurrent_requests", "1", "--access_log", "off")) {
                assertServed(gateway, CHAT, REQUESTS / 2);
                assertServed(gateway, STREAM, REQUESTS / 2);
            }
        }
    }

    @Test
    void session_idleFleet_staysOnItsNode() throws Exception {
        assertStaysOnItsNode(REQUESTS / 4);
    }

    @Test
    @Tag("thorough")
    void session_idleFleetAndManyRequests_staysOnItsNode() throws Exception {
        assertStaysOnItsNode(REQUESTS);
    }

    private static void assertStaysOnItsNode(int requests) throws Exception {
        List<SimulatedEngine> engines =
                Stream.generate(SequentialClientTest::engine).limit(3).toList();
        try (Gateway gateway = hybrid(engines, "--routing_strategy", "consistent_hash", "--node_header")) {
            Set<String> nodes = new HashSet<>();
            for (int i = 0; i < requests; i++) {
                String head = head(exchange(gateway, CHAT));
                nodes.add(head.substring(head.toLowerCase(Locale.ROOT).indexOf("x-dlrouter-node:"))
                        .lines()
                        .findFirst()
                        .orElseThrow());
            }
            assertThat(nodes).hasSize(1);
        } finally {
            engines.forEach(SimulatedEngine::close);
        }
    }

    private static SimulatedEngine engine() {
        return SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(1).start();
    }

    private static Gateway hybrid(List<SimulatedEngine> engines, String... arguments) throws Exception {
        Gateway gateway = Gateway.start(Stream.concat(
                        Stream.of("--access_log", "off", "--node_urls", PrefillDecodeFleet.urls(engines)),
                        Stream.of(arguments))
                .toArray(String[]::new));
        Await.until(() -> gateway.router.nodes().all().stream()
                .noneMatch(node -> node.models().isEmpty()));
        return gateway;
    }

    private static void assertServed(Gateway gateway, String body, int requests) throws IOException {
        for (int i = 0; i < requests; i++) {
            assertThat(head(exchange(gateway, body))).as("request %d", i).startsWith("HTTP/1.1 200 ");
        }
    }

    /** Sends a request and reads its response to the last byte, and no further. */
    private static String exchange(Gateway gateway, String body) throws IOException {
        try (RawClient client = new RawClient(gateway).chat(body)) {
            StringBuilder response = new StringBuilder(client.readUntil(HEAD_END));
            while (!isWhole(response.toString())) {
                String more = client.readSome();
                assertThat(more).as("what follows %s", response).isNotEmpty();
                response.append(more);
            }
            return response.toString();
        }
    }

    private static boolean isWhole(String response) {
        Matcher length = LENGTH.matcher(head(response));
        return length.find()
                ? response.length() == head(response).length() + Integer.parseInt(length.group(1))
                : response.endsWith("\r\n0" + HEAD_END);
    }

    private static String head(String response) {
        return response.substring(0, response.indexOf(HEAD_END) + HEAD_END.length());
    }
}
