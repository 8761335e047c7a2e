package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeState;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A response that arrives while the request body is still being sent is the response. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EarlyResponseTest {
    private static final int SIZE = 20_000_000;
    private static final InferenceRequest LARGE =
            chat("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + "x".repeat(SIZE) + "\"}]}");

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    /** What a node does with the connection after its response. */
    enum After {
        CLOSES {
            @Override
            void end(Connection connection) throws IOException {
                connection.close();
            }
        },
        RESETS {
            @Override
            void end(Connection connection) throws IOException {
                connection.reset();
            }
        },
        HOLDS_ON {
            @Override
            void end(Connection connection) throws InterruptedException {
                connection.awaitRelease();
                connection.awaitEnd();
            }
        };

        abstract void end(Connection connection) throws IOException, InterruptedException;
    }

    @ParameterizedTest
    @CsvSource({
        "413, CLOSES", "413, RESETS", "413, HOLDS_ON",
        "401, CLOSES", "401, RESETS", "401, HOLDS_ON",
        "429, CLOSES", "429, RESETS", "429, HOLDS_ON"
    })
    void hybrid_nodeRespondsToTheHead_isTheResponse(int status, After after) throws Exception {
        RawEngine engine = early(status, after);
        Router router = fleet.router(over(engine.node()).healthCheckInterval(Duration.ofHours(1)));

        for (int i = 0; i < 6; i++) {
            assertResponds(router, status);
            engine.next().release();
        }

        assertThat(engine.requestsLeft()).isZero();
        assertThat(TestFleet.status(router, engine.node()).state()).isEqualTo(NodeState.READY);
    }

    @ParameterizedTest
    @EnumSource(After.class)
    void hybrid_keptConnection_isTheResponse(After after) throws Exception {
        RawEngine engine = fleet.opened(RawEngine.respondingToHeads(connection -> {
            if (connection.requests() == 1) {
                connection.readBody();
                connection.sendJson("{}");
            } else {
                respond(connection, 413);
                after.end(connection);
            }
        }));
        Router router = fleet.router(over(engine.node()).healthCheckInterval(Duration.ofHours(1)));

        for (int i = 0; i < 3; i++) {
            assertResponds(router, chat(), 200, "{}");
            assertResponds(router, 413);
            Connection connection = engine.next();
            assertThat(engine.next()).isSameAs(connection);
            connection.release();
        }

        assertThat(engine.requestsLeft()).isZero();
    }

    @Test
    void hybrid_nodeIsFullAfterTheHead_goesToTheNextWithTheWholeBody() throws Exception {
        RawEngine full = early(429, After.HOLDS_ON);
        RawEngine other = fleet.rawEngine(connection -> connection.sendJson("{}"));
        Router router = fleet.router(over(full.node(), other.node()));

        assertResponds(router, LARGE, 200, "{}");

        full.next().release();
        assertThat(other.next().body()).isEqualTo(new String(LARGE.body(), UTF_8));
    }

    @Test
    void hybrid_interimResponses_areSkippedAndTheBodyIsSent() throws Exception {
        RawEngine engine = fleet.opened(RawEngine.respondingToHeads(connection -> {
            connection.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
            connection.send("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n");
            connection.readBody();
            connection.sendJson("{}");
        }));

        assertResponds(fleet.router(engine.node()), LARGE, 200, "{}");

        assertThat(engine.next().body()).hasSize(LARGE.body().length);
    }

    @Test
    void hybrid_largeBodyWasReadWhole_connectionIsUsedAgain() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> connection.sendJson("{}"));
        Router router = fleet.router(engine.node());

        Set<Connection> connections = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            assertResponds(router, LARGE, 200, "{}");
            connections.add(engine.next());
        }

        assertThat(connections).hasSizeLessThan(20);
    }

    @Test
    void hybrid_nodeResetsWithoutAResponse_messageNamesTheSending() throws Exception {
        RawEngine engine = fleet.opened(RawEngine.respondingToHeads(Connection::reset));
        Router router = fleet.router(engine.node());

        assertThatExceptionOfType(NodeUnreachableException.class)
                .isThrownBy(() -> router.route(LARGE))
                .withMessageContaining(
                        engine.node().address() + " ended the connection while the request was being sent")
                .satisfies(e -> assertThat(e.mayHaveArrived()).isTrue());
    }

    private RawEngine early(int status, After after) {
        return fleet.opened(RawEngine.respondingToHeads(connection -> {
            respond(connection, status);
            after.end(connection);
        }));
    }

    private static void respond(Connection connection, int status) throws IOException {
        connection.send("HTTP/1.1 " + status + " Said\r\nConnection: close\r\nContent-Length: 8\r\n\r\n{\"no\":1}");
    }

    private static void assertResponds(Router router, int status) throws IOException {
        assertResponds(router, LARGE, status, "{\"no\":1}");
    }

    private static void assertResponds(Router router, InferenceRequest request, int status, String body)
            throws IOException {
        try (InferenceResponse response = router.route(request)) {
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo(body);
        }
    }
}
