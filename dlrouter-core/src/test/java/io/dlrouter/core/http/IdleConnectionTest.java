package io.dlrouter.core.http;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.TestFleet.paired;
import static io.dlrouter.core.TestFleet.split;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.TestFleet;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection on which a node sent something that nobody asked for, or which it closed, serves no further request. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IdleConnectionTest {
    private static final int REQUESTS = 100;
    private static final String FIN = "";
    private static final String TIMEOUT = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
    private static final String FOREIGN = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnone";

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final Semaphore responseRead = new Semaphore(0);
    private final Semaphore strayed = new Semaphore(0);

    @ParameterizedTest
    @ValueSource(strings = {TIMEOUT, FOREIGN, "\r\n", "x", FIN})
    void hybrid_strayBytesWhileIdle_areNoResponse(String stray) throws Exception {
        RawEngine engine = straying(stray);
        Router router = fleet.router(over(engine.node()));

        for (int i = 0; i < REQUESTS; i++) {
            assertServed(router, i);
            awaitStray();
        }

        assertThat(engine.requestsLeft()).isEqualTo(REQUESTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {FOREIGN, FIN})
    void prefill_strayBytesWhileIdle_areNoResponse(String stray) throws Exception {
        RawEngine prefill = straying(stray);
        RawEngine decode = fleet.rawEngine(IdleConnectionTest::echo);
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        for (int i = 0; i < REQUESTS; i++) {
            assertServed(router, i);
            awaitStray();
        }

        assertThat(prefill.requestsLeft()).isEqualTo(REQUESTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {FOREIGN, FIN})
    void legs_strayBytesWhileIdle_areNoResponse(String stray) throws Exception {
        RawEngine prefill = straying(stray);
        RawEngine decode = straying(stray);
        Router router = fleet.router(paired(prefill.node(PREFILL), decode.node(DECODE)));

        for (int i = 0; i < REQUESTS; i++) {
            assertServed(router, i);
            awaitStray();
            awaitStray();
        }

        assertThat(prefill.requestsLeft()).isEqualTo(REQUESTS);
        assertThat(decode.requestsLeft()).isEqualTo(REQUESTS);
    }

    @Test
    void hybrid_quietConnection_isUsedAgain() throws Exception {
        RawEngine engine = fleet.rawEngine(IdleConnectionTest::echo);
        Router router = fleet.router(over(engine.node()));

        for (int i = 0; i < REQUESTS; i++) {
            assertServed(router, i);
        }

        Connection first = engine.next();
        for (int i = 1; i < REQUESTS; i++) {
            assertThat(engine.next()).isSameAs(first);
        }
    }

    /** An engine that sends this, or closes, once its response has been read. */
    private RawEngine straying(String stray) {
        return fleet.rawEngine(connection -> {
            echo(connection);
            responseRead.acquire();
            if (stray.equals(FIN)) {
                connection.close();
            } else {
                connection.send(stray);
            }
            strayed.release();
        });
    }

    private static void echo(Connection connection) throws IOException {
        connection.sendJson(connection.body());
    }

    private void awaitStray() throws InterruptedException {
        responseRead.release();
        strayed.acquire();
    }

    private static void assertServed(Router router, int number) throws IOException {
        try (InferenceResponse response = router.route(chat("{\"model\":\"m\",\"number\":" + number + "}"))) {
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body().readAllBytes()).asString(UTF_8).contains("\"number\":" + number);
        }
    }
}
