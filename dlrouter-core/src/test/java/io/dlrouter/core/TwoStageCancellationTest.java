package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.split;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.fleet.Links;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.core.http.CallTimeouts;
import io.dlrouter.core.http.ConnectionPool;
import io.dlrouter.core.http.SocketConnector;
import io.dlrouter.core.membership.EngineProber;
import io.dlrouter.core.pd.UnsplitRequests;
import io.dlrouter.core.pd.twostage.KvCacheReleaser;
import io.dlrouter.core.pd.twostage.TwoStageExecutor;
import io.dlrouter.core.pd.twostage.TwoStageLegs;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Receiver;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.TwoStage;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that disconnects ends the work wherever it stands, and nothing more is begun. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoStageCancellationTest {

    /** Stands still, so that nothing ends because its time is over. */
    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Threads.system().perTask("test-caller");
    private final Cancellation cancellation = new Cancellation();
    private final CountDownLatch sent = new CountDownLatch(1);
    private final FakeEngine prefill = fleet.engine().respondsWith(json(200, "{\"kv\":{}}"));
    private final FakeEngine decode = fleet.engine();

    @Test
    void route_cancelledBefore_sendsNothing() {
        Router router = fleet.router(split(prefill.node(PREFILL), decode.node(DECODE)));
        cancellation.cancel();

        assertThatExceptionOfType(RequestCancelledException.class).isThrownBy(() -> router.route(chat(), cancellation));
        assertNothingIsCounted(router);
        assertThat(prefill.requestsLeft() + decode.requestsLeft()).isZero();
    }

    @Test
    void route_cancelledDuringPrefill_endsItAtOnceAndMakesNoDecode() throws Exception {
        assertEndsPrefillAtOnce(engineThatSends(""));
    }

    @Test
    void route_cancelledInTheMiddleOfPrefillsResponse_endsItAtOnceAndMakesNoDecode() throws Exception {
        assertEndsPrefillAtOnce(engineThatSends("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"));
    }

    private void assertEndsPrefillAtOnce(RawEngine engine) throws Exception {
        Router router = fleet.router(split(engine.node(PREFILL), prefill.node(PREFILL), decode.node(DECODE)));

        Future<?> call = threads.submit(() -> router.route(chat(), cancellation));
        assertEndsAtOnce(engine.next());

        assertCancelled(call);
        assertNothingIsCounted(router);
        assertThat(prefill.requestsLeft() + decode.requestsLeft()).isZero();
    }

    @Test
    void route_cancelledBetweenPrefillAndDecode_makesNoDecode() {
        LiveNode decoding = Nodes.node(decode.node(DECODE));
        NodeTable table = Nodes.table(Nodes.node(prefill.node(PREFILL)), decoding);
        Duration limit = Duration.ofSeconds(5);
        ConnectionPool connections = fleet.opened(new ConnectionPool(
                new CallTimeouts(limit, limit, limit, limit), SocketConnector.sockets(clock), clock, Threads.system()));
        TwoStage leaving = new Leaving(new PlainTwoStage(Receiver.ANY, limit, Duration.ZERO), cancellation);
        KvCacheReleaser returns = new KvCacheReleaser(
                new EngineProber(SocketConnector.sockets(clock), null, clock), clock, Threads.system());
        TwoStageLegs legs = new TwoStageLegs(table, Nodes.sender(connections), leaving, returns);
        TwoStageExecutor executor = fleet.opened(new TwoStageExecutor(
                Nodes.fleet(table),
                Links.none(),
                leaving,
                legs,
                new UnsplitRequests(Nodes.fleet(table), Nodes.sender(connections), leaving)));
        RequestContext request = Nodes.context(chat(), table).endedBy(cancellation);

        assertThatExceptionOfType(RequestCancelledException.class).isThrownBy(() -> executor.execute(request));

        assertThat(prefill.requestsLeft()).isOne();
        assertThat(decode.requestsLeft()).isZero();
        assertThat(decoding.inFlight()).isZero();
    }

    /** A protocol whose client disconnects when prefill has responded. */
    private record Leaving(TwoStage protocol, Cancellation client) implements TwoStage {
        @Override
        public Set<String> hiddenMembers() {
            return protocol.hiddenMembers();
        }

        @Override
        public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec node) {
            return protocol.decodeAlone(request, node);
        }

        @Override
        public NodeRequest prefill(PdAttempt attempt) {
            return protocol.prefill(attempt);
        }

        @Override
        public Handover handover(PdAttempt attempt, JsonMembers response) {
            client.cancel();
            return protocol.handover(attempt, response);
        }
    }

    @Test
    void route_cancelledWhileDecodeIsSilent_endsItAtOnceAndTriesNoOther() throws Exception {
        assertEndsDecodeAtOnce(engineThatSends(""));
    }

    @Test
    void route_cancelledInTheMiddleOfDecodesPlainResponse_endsItAtOnceAndTriesNoOther() throws Exception {
        assertEndsDecodeAtOnce(engineThatSends("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"));
    }

    @Test
    void route_cancelledBeforeDecodesFirstEvent_endsItAtOnceAndTriesNoOther() throws Exception {
        assertEndsDecodeAtOnce(engineThatSends("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {"));
    }

    private void assertEndsDecodeAtOnce(RawEngine engine) throws Exception {
        Router router = fleet.router(split(prefill.node(PREFILL), engine.node(DECODE), decode.node(DECODE)));

        Future<?> call = threads.submit(() -> router.route(chat(), cancellation));
        assertEndsAtOnce(engine.next());

        assertCancelled(call);
        assertNothingIsCounted(router);
        assertThat(prefill.requestsLeft()).isOne();
        assertThat(decode.requestsLeft()).isZero();
    }

    @Test
    void route_cancelledInTheMiddleOfDecodesStream_endsItAtOnce() throws Exception {
        RawEngine streaming = streamingEngine();
        Router router = fleet.router(split(prefill.node(PREFILL), streaming.node(DECODE)));

        try (InferenceResponse response = router.route(chat(), cancellation)) {
            response.body().readNBytes(10);
            Future<Integer> read = threads.submit(() -> response.body().read());
            assertEndsAtOnce(streaming.next());

            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> read.get(30, TimeUnit.SECONDS))
                    .withCauseInstanceOf(IOException.class)
                    .satisfies(failure ->
                            assertThat(failure.getCause()).hasCauseInstanceOf(RequestCancelledException.class));
        }
    }

    @Test
    void response_closedInTheMiddleOfDecodesStream_endsItAtOnce() throws Exception {
        RawEngine streaming = streamingEngine();
        Router router = fleet.router(split(prefill.node(PREFILL), streaming.node(DECODE)));

        InferenceResponse response = router.route(chat());
        response.close();

        streaming.next().awaitEnded();
        assertNothingIsCounted(router);
    }

    /** An engine that sends one event and then waits to be left. */
    private RawEngine streamingEngine() {
        return engineThatSends("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\n");
    }

    /** An engine that sends no more than this and then waits to be left. */
    private RawEngine engineThatSends(String text) {
        return fleet.rawEngine(connection -> {
            connection.send(text);
            sent.countDown();
            connection.awaitEnd();
        });
    }

    private void assertEndsAtOnce(Connection connection) throws Exception {
        assertThat(sent.await(30, TimeUnit.SECONDS)).isTrue();
        cancellation.cancel();

        connection.awaitEnded();
    }

    private static void assertCancelled(Future<?> call) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> call.get(30, TimeUnit.SECONDS))
                .withCauseInstanceOf(RequestCancelledException.class);
    }

    private static void assertNothingIsCounted(Router router) {
        assertThat(TestFleet.inFlight(router)).isZero();
    }
}
