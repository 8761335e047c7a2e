package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HybridCutResponseTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @Test
    void body_streamIsResetInTheMiddle_failsAfterWhatCame() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.reset();
        });

        assertBreaksOffAfter("data: 1\n\n", engine);
    }

    @Test
    void body_streamEndsWithoutItsLastChunk_failsAfterWhatCame() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.close();
        });

        assertBreaksOffAfter("data: 1\n\n", engine);
    }

    @Test
    void body_plainResponseIsTooShort_failsAfterWhatCame() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":");
            connection.close();
        });

        assertBreaksOffAfter("{\"a\":", engine);
    }

    @Test
    void body_chunkLengthIsGarbage_failsAfterWhatCame() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.send("xyz\r\n");
        });

        assertBreaksOffAfter("data: 1\n\n", engine);
    }

    private void assertBreaksOffAfter(String sent, RawEngine engine) throws IOException {
        Router router = fleet.router(engine.node(), fleet.engine().node());

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readNBytes(sent.length())).asString().isEqualTo(sent);
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> response.body().read())
                    .withCauseInstanceOf(BadNodeResponseException.class)
                    .withMessageContaining(engine.node().address().toString())
                    .withMessageContaining("after " + sent.length() + " bytes");
        }
        assertThat(router.nodes().all().get(0).latencies()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.6\r\n",
                "HTTP/1.1 OK\r\n\r\n",
                "HTTP/9.9 200 OK\r\n\r\n",
                "{\"error\":\"no HTTP here\"}\n",
                "\u0000\u0001\u0002\n\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\n : blank\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A : 2\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            })
    void route_responseIsNotHttp_isABadResponse(String garbage) throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send(garbage);
            connection.awaitEnd();
        });
        FakeEngine other = fleet.engine();
        Router router = fleet.router(engine.node(), other.node());

        assertThatExceptionOfType(BadNodeResponseException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining(engine.node().address().toString())
                .satisfies(failure -> assertThat(failure.status()).isEqualTo(502));
        engine.next().awaitEnded();
        assertThat(TestFleet.inFlight(router)).isZero();
        assertThat(other.requestsLeft()).isZero();
    }

    @Test
    void route_headersNeverEnd_isARouterException() {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 200 OK\r\n");
            while (true) {
                connection.send("X-More: " + "x".repeat(8000) + "\r\n");
            }
        });

        assertThatExceptionOfType(RouterException.class)
                .isThrownBy(() -> fleet.router(engine.node()).route(chat()));
    }

    @Test
    void route_adapterFails_freesTheLease() {
        Router router = fleet.router(NodeSpec.of(PlainBackend.NAME, "http://127.0.0.1:1" + PlainBackend.NO_HEADERS)
                .withModels(FakeEngine.MODEL));

        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> router.route(chat()));
        assertThat(TestFleet.inFlight(router)).isZero();
    }
}
