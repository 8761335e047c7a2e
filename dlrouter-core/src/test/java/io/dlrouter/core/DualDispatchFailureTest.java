package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.paired;
import static io.dlrouter.core.TestFleet.refusing;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceResponse;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.Router;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.core.fleet.Origin;
import io.dlrouter.core.http.CallTimeouts;
import io.dlrouter.core.http.ConnectionPool;
import io.dlrouter.core.http.SocketConnector;
import io.dlrouter.core.pd.dual.DualDispatchCall;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a request when one of two concurrent legs, or the thread of one, fails. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DualDispatchFailureTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeEngine prefill = fleet.engine();
    private final FakeEngine decode = fleet.engine();

    @ParameterizedTest
    @CsvSource({
        "application/json, ''",
        "application/json, '{\"choices\":[{\"index\":0,\"mess'",
        "application/json, '[{}'",
        "application/json, 'null'",
        "text/event-stream, ''"
    })
    void decode_respondsWithNothingWhole_isReplaced(String type, String body) throws IOException {
        FakeEngine broken = fleet.engine().respondsWith(message(type, body));

        assertThat(response(fleet.router(paired(prefill.node(PREFILL), broken.node(DECODE), decode.node(DECODE)))))
                .isEqualTo("{}");

        assertThat(broken.requestsLeft()).isOne();
    }

    private static MockResponse message(String type, String body) {
        return new MockResponse.Builder()
                .setHeader("Content-Type", type)
                .body(body)
                .build();
    }

    private static String response(Router router) throws IOException {
        return response(router, "{\"model\":\"m\"}");
    }

    private static String response(Router router, String body) throws IOException {
        try (InferenceResponse response = router.route(chat(body))) {
            assertThat(response.status()).isEqualTo(200);
            return new String(response.body().readAllBytes(), UTF_8);
        }
    }

    @Test
    void decode_onlyNodeRespondsWithAnEmptyStream_isFailed() {
        decode.respondsWith(message("text/event-stream", ""));
        Router router = fleet.router(paired(prefill.node(PREFILL), decode.node(DECODE)));

        assertThatExceptionOfType(LegFailedException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining("ended before its first event")
                .satisfies(e -> assertThat(e.code()).isEqualTo("decode_failed"));
    }

    @Test
    void decode_respondsToABatchWithAList_isPassedOn() throws IOException {
        decode.respondsWith(json(200, "[{\"text\":\"a\"},{\"text\":\"b\"}]\n"));

        assertThat(response(fleet.router(paired(prefill.node(PREFILL), decode.node(DECODE)))))
                .isEqualTo("[{\"text\":\"a\"},{\"text\":\"b\"}]\n");
    }

    @Test
    void prefill_streamBeginsWithAComment_isReadBehindIt() throws IOException {
        prefill.respondsWith(
                message("text/event-stream", ": ping\n\ndata: {\"meta\":{\"tokens\":[1]}}\n\ndata: [DONE]\n\n"));
        decode.respondsWith(json(200, "{\"meta\":{\"tokens\":[2]}}"));
        Router router = fleet.router(paired(prefill.node(PREFILL), decode.node(DECODE)));

        assertThat(response(router, "{\"model\":\"m\",\"lists\":1}")).isEqualTo("{\"meta\":{\"tokens\":[1,2]}}");
    }

    @Test
    void samples_thatDoNotReachANode_areOneFailureOfIt() throws IOException {
        NodeSpec dead = refusing(DECODE);
        Router router = fleet.router(paired(prefill.node(PREFILL), dead, decode.node(DECODE))
                .healthCheckInterval(Duration.ofHours(1))
                .healthCheckMaxFailures(2));

        assertThat(response(router, "{\"model\":\"m\",\"n\":16}")).isEqualTo("{}");
        assertThat(TestFleet.status(router, dead).state()).isEqualTo(NodeState.READY);
        assertThat(response(router, "{\"model\":\"m\",\"n\":16}")).isEqualTo("{}");
        assertThat(TestFleet.status(router, dead).state()).isEqualTo(NodeState.EJECTED);
    }

    @Test
    void thread_cannotBeMade_leavesNothing() {
        LiveNode prefilling = Nodes.node(prefill.node(PREFILL));
        LiveNode decoding = Nodes.node(decode.node(DECODE));

        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> response(
                        task -> {
                            throw new OutOfMemoryError("no thread");
                        },
                        prefilling,
                        decoding));

        assertThat(prefilling.inFlight() + decoding.inFlight()).isZero();
    }

    @Test
    void thread_dies_isAFailureOfPrefillAndEndsDecode() throws Exception {
        RawEngine waiting = fleet.rawEngine(RawEngine.Connection::awaitEnd);
        LiveNode prefilling = new LiveNode(prefill.node(PREFILL), new Dying(), Origin.REGISTERED, new FakeClock());
        LiveNode decoding = Nodes.node(waiting.node(DECODE));
        ExecutorService threads = Threads.system().perTask("test-prefill");

        assertThatExceptionOfType(LegFailedException.class)
                .isThrownBy(() -> response(threads, prefilling, decoding))
                .satisfies(e -> assertThat(e.code()).isEqualTo("prefill_failed"));

        assertThat(prefilling.inFlight() + decoding.inFlight()).isZero();
        threads.shutdownNow();
    }

    /** An adapter on which a thread dies. */
    private static final class Dying implements BackendAdapter {
        @Override
        public String name() {
            return PlainBackend.NAME;
        }

        @Override
        public Health health(int status, String body) {
            return Health.SERVING;
        }

        @Override
        public Map<String, String> headers(NodeSpec node) {
            throw new StackOverflowError("dying");
        }
    }

    private InferenceResponse response(Executor threads, LiveNode... nodes) {
        NodeTable table = Nodes.table(nodes);
        Duration limit = Duration.ofSeconds(10);
        ConnectionPool connections = fleet.opened(new ConnectionPool(
                new CallTimeouts(limit, limit, limit, limit),
                SocketConnector.sockets(new FakeClock()),
                new FakeClock(),
                Threads.system()));
        RequestContext request = Nodes.context(chat(), table);
        return new DualDispatchCall(
                        Nodes.fleet(table), Nodes.sender(connections), new PlainDualDispatch(), request, 0, threads)
                .response();
    }
}
