package io.dlrouter.core.http;

import static io.dlrouter.core.TestFleet.chat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.TestFleet;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After which responds a connection serves another request, and after which it must not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeConnectionReuseTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\n";

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @ParameterizedTest
    @ValueSource(
            strings = {
                HEAD + "Content-Length: 2\r\n\r\n{}",
                HEAD + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                HEAD + "Transfer-Encoding: chunked\r\n\r\n1;ext=1\r\n{\r\n001\r\n}\r\n0\r\nX-Trailer: 1\r\n\r\n",
                HEAD + "Content-Length: 5\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + HEAD
                        + "Content-Length: 2\r\n\r\n{}",
                "HTTP/1.1 200\r\ncontent-length:2\r\n\r\n{}",
                "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
            })
    void response_readToItsEnd_leavesTheConnectionForTheNextRequest(String response) throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> connection.send(response));
        Router router = fleet.router(engine.node());

        assertResponded(router, "{}");
        assertResponded(router, "{}");

        Connection first = engine.next();
        assertThat(engine.next()).isSameAs(first);
    }

    @Test
    void response_withoutABody_leavesTheConnectionForTheNextRequest() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> connection.send("HTTP/1.1 204 No Content\r\n\r\n"));
        Router router = fleet.router(engine.node());

        assertResponded(router, "");
        assertResponded(router, "");

        Connection first = engine.next();
        assertThat(engine.next()).isSameAs(first);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                HEAD + "Connection: close\r\nContent-Length: 2\r\n\r\n{}",
                HEAD + "Connection: X-A, Close\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                HEAD + "Content-Length: 2\r\n\r\n{}" + HEAD + "Content-Length: 5\r\n\r\nother",
                HEAD + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + HEAD
                        + "Content-Length: 5\r\n\r\nother",
            })
    void response_thatEndsTheConnectionOrIsFollowedByMore_leavesNone(String response) throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send(response);
            connection.awaitEnd();
        });
        Router router = fleet.router(engine.node());

        assertResponded(router, "{}");
        assertResponded(router, "{}");

        engine.next().awaitEnded();
        engine.next().awaitEnded();
    }

    @Test
    void response_untilTheConnectionEnds_isWhole() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send(HEAD + "\r\n" + "x".repeat(100_000));
            connection.close();
        });
        Router router = fleet.router(engine.node());

        assertResponded(router, "x".repeat(100_000));
        assertResponded(router, "x".repeat(100_000));
    }

    @Test
    void response_notReadToItsEnd_leavesNone() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendJson("{}");
            connection.awaitEnd();
        });
        Router router = fleet.router(engine.node());

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().read()).isEqualTo('{');
        }

        engine.next().awaitEnded();
    }

    @Test
    void close_idleConnections_areClosed() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendJson("{}");
            connection.awaitEnd();
        });
        Router router = fleet.router(engine.node());
        assertResponded(router, "{}");

        router.close();

        engine.next().awaitEnded();
    }

    private static void assertResponded(Router router, String body) throws IOException {
        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo(body);
        }
    }
}
