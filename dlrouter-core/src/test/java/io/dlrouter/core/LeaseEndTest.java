package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A lease ends with the node's last byte, before the caller has that byte. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeaseEndTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\n";

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @ParameterizedTest
    @ValueSource(
            strings = {
                HEAD + "Content-Length: 4\r\n\r\n{  }",
                HEAD + "Transfer-Encoding: chunked\r\n\r\n4\r\n{  }\r\n0\r\n\r\n",
                HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\n{  \r\n1\r\n}\r\n00\r\nX-Trailer: 1\r\n\r\n",
                HEAD + "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "4\r\n{  }\r\n0\r\n\r\n",
            })
    void lease_lastByteIsRead_endsBeforeTheCallerHasIt(String response) throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> connection.send(response));
        Router router = fleet.router(TestFleet.over(engine.node()).maxInFlight(1));

        try (InferenceResponse first = router.route(chat())) {
            assertThat(first.body().readNBytes(4)).asString(UTF_8).isEqualTo("{  }");
            assertThat(TestFleet.inFlight(router)).isZero();
            try (InferenceResponse second = router.route(chat())) {
                assertThat(second.body().readNBytes(4)).asString(UTF_8).isEqualTo("{  }");
            }
            assertThat(first.body().read()).isEqualTo(-1);
        }

        Connection connection = engine.next();
        assertThat(engine.next()).isSameAs(connection);
    }

    @Test
    void lease_bytesAreLeft_doesNotEnd() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> connection.sendJson("{  }"));
        Router router = fleet.router(engine.node());

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readNBytes(3)).hasSize(3);
            assertThat(TestFleet.inFlight(router)).isOne();
        }
    }

    @Test
    void lease_endOfChunksHasNotCome_endsWithTheReadThatSeesIt() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitRelease();
            connection.sendEnd();
        });
        Router router = fleet.router(engine.node());

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readNBytes(9)).hasSize(9);
            assertThat(TestFleet.inFlight(router)).isOne();
            engine.next().release();
            assertThat(response.body().read()).isEqualTo(-1);
            assertThat(TestFleet.inFlight(router)).isZero();
        }
    }
}
