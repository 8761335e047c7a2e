package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.split;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
import io.dlrouter.core.pd.twostage.KvCacheReleaser;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where an engine holds a cache until it is told to let it go, it is told so once, unless decode fetched the cache. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KvCacheReleaserTest {
    private static final String LEFT = "{\"kv\":{\"cache\":1}}";
    private static final String TOKEN = "{\"choices\":[{}]}";
    private static final String GIVEN_BACK = "{\"back\":{\"cache\":1}}";

    private static final Duration GRACE = Duration.ofSeconds(10);

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Threads.system().perTask("test-caller");
    private final Cancellation cancellation = new Cancellation();
    private final FakeEngine prefill = fleet.engine().respondsWith(json(200, LEFT));
    private final FakeEngine decode = fleet.engine();

    private Router router() {
        return router(prefill.node(PREFILL), decode.node(DECODE));
    }

    private Router router(NodeSpec... nodes) {
        return fleet.router(split(nodes).option(PlainTwoStage.GRACE, Long.toString(GRACE.toMillis())));
    }

    private static String text(InferenceResponse response) throws IOException {
        try (response) {
            return new String(response.body().readAllBytes(), UTF_8);
        }
    }

    private static MockResponse events(String... events) {
        return new MockResponse.Builder()
                .code(200)
                .setHeader("Content-Type", "text/event-stream")
                .body(String.join("", events))
                .build();
    }

    /** A decode node that refuses a request once a test has done something meanwhile. */
    private RawEngine lateRefusal() {
        return fleet.rawEngine(connection -> {
            connection.awaitRelease();
            connection.sendJson(400, "{}");
        });
    }

    /** A cache is released after a while, which is longer with each attempt. */
    private void awaitAttempt(int number) {
        Duration gap = KvCacheReleaser.GAP.multipliedBy(number);
        clock.awaitTaskIn(gap);
        clock.advance(gap);
    }

    private void assertReleasedOnce(Router router) {
        awaitAttempt(1);
        assertThat(prefill.request().getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(prefill.requestBody()).isEqualTo(GIVEN_BACK);
        router.close();
        assertThat(prefill.requestsLeft()).isZero();
    }

    private void assertNotReleased(Router router) {
        router.close();
        assertThat(prefill.request().getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(prefill.requestsLeft()).isZero();
    }

    @Test
    void cache_handedOverByAPlainResponse_isNotReleased() throws IOException {
        decode.respondsWith(json(200, TOKEN));
        Router router = router();

        assertThat(text(router.route(chat()))).isEqualTo(TOKEN);

        assertNotReleased(router);
    }

    @Test
    void cache_handedOverByTheFirstEvent_isNotReleasedThoughTheStreamIsCut() throws IOException {
        decode.respondsWith(events("data: " + TOKEN + "\n\n"));
        Router router = router();

        router.route(chat()).close();

        assertNotReleased(router);
    }

    @Test
    void cache_ofADecodeThatSaysErrorWithin200_isReleased() throws IOException {
        String none = "{\"choices\":[{\"finish_reason\":\"error\"}]}";
        decode.respondsWith(json(200, none));
        Router router = router();

        assertThat(text(router.route(chat()))).isEqualTo(none);

        assertReleasedOnce(router);
    }

    @Test
    void prefillNode_thatIsDrained_staysUntilItsCacheIsReleased() throws Exception {
        RawEngine late = lateRefusal();
        Router router = router(prefill.node(PREFILL), late.node(DECODE));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        RawEngine.Connection refusing = late.next();
        router.nodes().drain(prefill.node(PREFILL).address());
        refusing.release();
        call.get(30, TimeUnit.SECONDS).close();

        awaitAttempt(1);
        assertThat(prefill.request().getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(prefill.requestBody()).isEqualTo(GIVEN_BACK);
        eventually("it is removed", () -> router.nodes().all().size() == 1);
    }

    @Test
    void cache_ofADecodeThatFailed_isReleasedOnce() throws IOException {
        decode.respondsWith(json(500, "{}"));
        Router router = router();

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.status()).isEqualTo(500);
        }

        assertReleasedOnce(router);
    }

    @Test
    void cache_ofADecodeThatRefused_isReleasedOnce() throws IOException {
        decode.respondsWith(json(400, "{\"error\":{}}"));
        Router router = router();

        assertThat(text(router.route(chat()))).isEqualTo("{\"error\":{}}");

        assertReleasedOnce(router);
    }

    @Test
    void cache_ofADecodeWhoseFirstEventIsAnError_isReleasedAndTheErrorPassedOn() throws IOException {
        decode.respondsWith(events("data: {\"error\":{}}\n\n", "data: [DONE]\n\n"));
        Router router = router();

        assertThat(text(router.route(chat()))).isEqualTo("data: {\"error\":{}}\n\ndata: [DONE]\n\n");

        assertReleasedOnce(router);
    }

    @Test
    void cache_releasedToANodeThatStumbles_isReleasedAgain() throws IOException {
        prefill.respondsWith(json(500, "{}"));
        decode.respondsWith(json(400, "{}"));
        Router router = router();

        router.route(chat()).close();

        prefill.request();
        awaitAttempt(1);
        assertThat(prefill.requestBody()).isEqualTo(GIVEN_BACK);
        awaitAttempt(2);
        assertThat(prefill.requestBody()).isEqualTo(GIVEN_BACK);
        router.close();
        assertThat(prefill.requestsLeft()).isZero();
    }

    @Test
    void cache_ofAnEarlierIncarnation_isNotReleased() throws Exception {
        RawEngine late = lateRefusal();
        Router router = router(prefill.node(PREFILL), late.node(DECODE));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        RawEngine.Connection refusing = late.next();
        router.nodes().add(prefill.node(PREFILL));
        refusing.release();
        call.get(30, TimeUnit.SECONDS).close();
        awaitAttempt(1);

        assertNotReleased(router);
    }

    @Test
    void cache_ofANodeThatWasRemoved_isNotReleased() throws Exception {
        RawEngine late = lateRefusal();
        Router router = router(prefill.node(PREFILL), late.node(DECODE));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        RawEngine.Connection refusing = late.next();
        router.nodes().remove(prefill.node(PREFILL).address());
        refusing.release();
        call.get(30, TimeUnit.SECONDS).close();
        awaitAttempt(1);

        assertNotReleased(router);
    }

    @Test
    void prefill_whoseResponseDecodeCannotBeToldOf_isReleased() {
        FakeEngine malformed = fleet.engine().respondsWith(json(200, "{\"kv\":7}"));
        Router router = router(malformed.node(PREFILL), decode.node(DECODE));

        assertThatExceptionOfType(LegFailedException.class).isThrownBy(() -> router.route(chat()));

        awaitAttempt(1);
        malformed.request();
        assertThat(malformed.requestBody()).isEqualTo("{\"back\":7}");
        assertThat(decode.requestsLeft()).isZero();
    }

    @Test
    void prefill_whoseClientLeaves_isLetEndAndItsCacheReleased() throws Exception {
        RawEngine slow = fleet.rawEngine(connection -> {
            connection.awaitRelease();
            connection.sendJson(LEFT);
        });
        Router router = router(slow.node(PREFILL), decode.node(DECODE));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat(), cancellation));
        RawEngine.Connection responding = slow.next();
        cancellation.cancel();
        responding.release();

        assertCancelled(call);
        awaitAttempt(1);
        RawEngine.Connection back = slow.next();
        assertThat(back.body()).isEqualTo(GIVEN_BACK);
        back.release();
        assertThat(decode.requestsLeft()).isZero();
    }

    @Test
    void decode_whoseClientLeaves_mayReceiveTheCacheAndIsThenEnded() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        RawEngine taking = fleet.rawEngine(connection -> {
            left.await();
            connection.sendStream("data: " + TOKEN + "\n\n");
            connection.awaitEnd();
        });
        Router router = router(prefill.node(PREFILL), taking.node(DECODE));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat(), cancellation));
        RawEngine.Connection connection = taking.next();
        cancellation.cancel();
        left.countDown();

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> text(call.get(30, TimeUnit.SECONDS)))
                .withCauseInstanceOf(RequestCancelledException.class);
        connection.awaitEnded();
        assertNotReleased(router);
    }

    @Test
    void decode_thatDoesNotReceiveTheCacheInTime_isEndedAndTheCacheReleased() throws Exception {
        RawEngine silent = fleet.rawEngine(RawEngine.Connection::awaitEnd);
        Router router = router(prefill.node(PREFILL), silent.node(DECODE));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat(), cancellation));
        RawEngine.Connection connection = silent.next();
        cancellation.cancel();
        clock.advance(GRACE.minusNanos(1));
        assertThat(call).isNotDone();
        clock.advance(Duration.ofNanos(1));

        assertCancelled(call);
        connection.awaitEnded();
        assertReleasedOnce(router);
    }

    private static void assertCancelled(Future<InferenceResponse> call) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> call.get(30, TimeUnit.SECONDS))
                .withCauseInstanceOf(RequestCancelledException.class);
    }

    @Test
    void node_whoseResponseSaysThatItIsOfNoUse_getsNoMoreRequestsUntilItIsRegisteredAnew() throws IOException {
        FakeEngine useless = fleet.engine().respondsWith(json(200, "{\"useless\":true,\"kv\":{\"cache\":1}}"));
        decode.respondsWith(json(200, TOKEN));
        Router router = router(useless.node(PREFILL), prefill.node(PREFILL), decode.node(DECODE));

        text(router.route(chat()));

        NodeStatus status = TestFleet.status(router, useless.node());
        assertThat(status.state()).isEqualTo(NodeState.STARTING);
        assertThat(status.reason()).contains("useless: true (expected: nothing)");
        awaitAttempt(1);
        useless.request();
        assertThat(useless.requestBody()).isEqualTo(GIVEN_BACK);
        router.nodes().add(useless.node(PREFILL));
        eventually(
                "it is routable again",
                () -> TestFleet.status(router, useless.node()).state() == NodeState.READY);
    }
}
