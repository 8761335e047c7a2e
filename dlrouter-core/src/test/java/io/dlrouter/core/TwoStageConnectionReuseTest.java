package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.split;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A KV cache is named to decode once, whatever has become of the connection that was kept. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoStageConnectionReuseTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final AtomicInteger prefills = new AtomicInteger();
    private final List<String> decoded = new CopyOnWriteArrayList<>();
    private final RawEngine prefill = fleet.rawEngine(
            connection -> connection.sendJson("{\"kv\":{\"cache\":" + prefills.incrementAndGet() + "}}"));

    @Test
    void decode_connectionKept_isUsedAgain() throws Exception {
        RawEngine decode = fleet.rawEngine(this::decode);
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        assertServed(router);
        assertServed(router);

        Connection first = decode.next();
        assertThat(decode.next()).isSameAs(first);
        Connection ofPrefill = prefill.next();
        assertThat(prefill.next()).isSameAs(ofPrefill);
        assertThat(decoded).containsExactly("{\"cache\":1}", "{\"cache\":2}");
    }

    @Test
    void decode_keptConnectionWasClosed_isMadeOnAnotherOneWithTheSameCache() throws Exception {
        Semaphore closed = new Semaphore(0);
        RawEngine decode = fleet.rawEngine(connection -> {
            decode(connection);
            connection.close();
            closed.release();
        });
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        for (int i = 0; i < 3; i++) {
            assertServed(router);
            closed.acquire();
        }

        assertThat(decoded).containsExactly("{\"cache\":1}", "{\"cache\":2}", "{\"cache\":3}");
        assertThat(prefills).hasValue(3);
    }

    @Test
    void decode_engineSaysMoreOnAKeptConnectionThanItWasAsked_isMadeOnAnotherOne() throws Exception {
        Semaphore message = new Semaphore(0);
        Semaphore read = new Semaphore(0);
        RawEngine decode = fleet.rawEngine(connection -> {
            decode(connection);
            read.acquire();
            connection.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
            message.release();
            connection.awaitEnd();
        });
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));

        for (int i = 0; i < 2; i++) {
            assertServed(router);
            read.release();
            message.acquire();
        }

        assertThat(decoded).containsExactly("{\"cache\":1}", "{\"cache\":2}");
        assertThat(prefills).hasValue(2);
        decode.next().awaitEnded();
    }

    @Test
    void decode_keptConnectionEndsUnderTheRequest_isNotRepeatedButPrefilledAgain() throws Exception {
        RawEngine restarting = fleet.rawEngine(connection -> {
            if (connection.requests() == 1) {
                decode(connection);
            } else {
                decoded.add("lost " + kv(connection));
                connection.reset();
            }
        });
        RawEngine other = fleet.rawEngine(this::decode);
        Router router = fleet.router(split(prefill.node(PREFILL), restarting.node(DECODE)));

        assertServed(router);
        router.nodes().add(other.node(DECODE));
        assertServed(router);
        assertServed(router);

        assertThat(decoded).containsExactly("{\"cache\":1}", "{\"cache\":2}", "lost {\"cache\":3}", "{\"cache\":4}");
        assertThat(restarting.requestsLeft()).isEqualTo(2);
    }

    @Test
    void decode_keptConnectionEndsUnderARequestWithoutACache_isRepeated() throws Exception {
        RawEngine restarting = fleet.rawEngine(connection -> {
            if (connection.requests() == 1) {
                connection.sendJson("{}");
            } else {
                connection.reset();
            }
        });
        RawEngine withoutConnector = fleet.rawEngine(connection -> connection.sendJson("{}"));
        Router router = fleet.router(split(withoutConnector.node(PREFILL), restarting.node(DECODE)));

        assertServed(router);
        assertServed(router);

        assertThat(restarting.requestsLeft()).isEqualTo(3);
        assertThat(withoutConnector.requestsLeft()).isEqualTo(2);
    }

    @Test
    void prefill_keptConnectionEndsUnderTheRequest_isRepeatedOnTheSameNode() throws Exception {
        RawEngine restarting = fleet.rawEngine(connection -> {
            if (connection.requests() == 1) {
                connection.sendJson("{\"kv\":{\"cache\":" + prefills.incrementAndGet() + "}}");
            } else {
                connection.reset();
            }
        });
        RawEngine decode = fleet.rawEngine(this::decode);
        Router router = fleet.router(split(restarting.node(PREFILL), decode.node(DECODE)));

        assertServed(router);
        assertServed(router);

        assertThat(restarting.requestsLeft()).isEqualTo(3);
        assertThat(decoded).containsExactly("{\"cache\":1}", "{\"cache\":2}");
    }

    private void decode(Connection connection) throws IOException {
        decoded.add(kv(connection));
        connection.sendJson("{}");
    }

    private static String kv(Connection connection) {
        String body = connection.body();
        return body.substring(body.indexOf("\"kv\":") + 5, body.length() - 1);
    }

    private static void assertServed(Router router) throws IOException {
        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
        }
    }
}
