package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.FakeEngine.empty;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.Fleet.chat;
import static io.dlrouter.core.Fleet.split;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
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

/** Where an engine holds a cache until it is told to let it go, it is told so once, unless decode took the cache over. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoStageCacheReturnTest {
    private static final String LEFT = "{\"kv\":{\"cache\":1}}";
    private static final String TOKEN = "{\"choices\":[{}]}";
    private static final String GIVEN_BACK = "{\"back\":{\"cache\":1}}";

    @RegisterExtension
    final Fleet fleet = new Fleet();

    private final ExecutorService threads = Threads.perTask("test-caller");
    private final Cancellation cancellation = new Cancellation();
    private final FakeEngine prefill = fleet.engine().answers(json(200, LEFT));
    private final FakeEngine decode = fleet.engine();

    private Router router(Duration grace) {
        return fleet.router(split(prefill.node(PREFILL), decode.node(DECODE))
                .option(PlainTwoStage.GRACE, Long.toString(grace.toMillis())));
    }

    private Router router() {
        return router(Duration.ofSeconds(10));
    }

    private static String text(InferenceResponse answer) throws IOException {
        try (answer) {
            return new String(answer.body().readAllBytes(), UTF_8);
        }
    }

    private static MockResponse events(String... events) {
        return new MockResponse.Builder()
                .code(200)
                .setHeader("Content-Type", "text/event-stream")
                .body(String.join("", events))
                .build();
    }

    /** So that a test has time to do something while decode is asked. */
    private static MockResponse lateRefusal() {
        return empty(400).newBuilder().headersDelay(300, TimeUnit.MILLISECONDS).build();
    }

    private void assertGivenBackOnce(Router router) {
        assertThat(prefill.request().getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(prefill.requestBody()).isEqualTo(GIVEN_BACK);
        router.close();
        assertThat(prefill.requestsLeft()).isZero();
    }

    private void assertNotGivenBack(Router router) {
        router.close();
        assertThat(prefill.request().getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(prefill.requestsLeft()).isZero();
    }

    @Test
    void cache_takenOverByAPlainAnswer_isNotGivenBack() throws IOException {
        decode.answers(json(200, TOKEN));
        Router router = router();

        assertThat(text(router.route(chat()))).isEqualTo(TOKEN);

        assertNotGivenBack(router);
    }

    @Test
    void cache_takenOverByTheFirstEvent_isNotGivenBackThoughTheStreamBreaksOff() throws IOException {
        decode.answers(events("data: " + TOKEN + "\n\n"));
        Router router = router();

        router.route(chat()).close();

        assertNotGivenBack(router);
    }

    @Test
    void cache_ofADecodeThatSaysErrorWithin200_isGivenBack() throws IOException {
        String none = "{\"choices\":[{\"finish_reason\":\"error\"}]}";
        decode.answers(json(200, none));
        Router router = router();

        assertThat(text(router.route(chat()))).isEqualTo(none);

        assertGivenBackOnce(router);
    }

    @Test
    void prefillNode_thatIsDrained_staysUntilItsCacheIsGivenBack() throws Exception {
        decode.answers(lateRefusal());
        Router router = router();

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        decode.request();
        router.nodes().drain(prefill.node(PREFILL).address());
        call.get(5, TimeUnit.SECONDS).close();

        assertThat(prefill.request().getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(prefill.requestBody()).isEqualTo(GIVEN_BACK);
        eventually("it is removed", () -> router.nodes().all().size() == 1);
    }

    @Test
    void cache_ofADecodeThatFailed_isGivenBackOnce() throws IOException {
        decode.answers(json(500, "{}"));
        Router router = router();

        try (InferenceResponse answer = router.route(chat())) {
            assertThat(answer.status()).isEqualTo(500);
        }

        assertGivenBackOnce(router);
    }

    @Test
    void cache_ofADecodeThatRefused_isGivenBackOnce() throws IOException {
        decode.answers(json(400, "{\"error\":{}}"));
        Router router = router();

        assertThat(text(router.route(chat()))).isEqualTo("{\"error\":{}}");

        assertGivenBackOnce(router);
    }

    @Test
    void cache_ofADecodeWhoseFirstEventIsAnError_isGivenBackAndTheErrorPassedOn() throws IOException {
        decode.answers(events("data: {\"error\":{}}\n\n", "data: [DONE]\n\n"));
        Router router = router();

        assertThat(text(router.route(chat()))).isEqualTo("data: {\"error\":{}}\n\ndata: [DONE]\n\n");

        assertGivenBackOnce(router);
    }

    @Test
    void cache_givenBackToANodeThatStumbles_isGivenBackAgain() throws IOException {
        prefill.answers(json(500, "{}"));
        decode.answers(json(400, "{}"));
        Router router = router();

        router.route(chat()).close();

        prefill.request();
        assertThat(prefill.requestBody()).isEqualTo(GIVEN_BACK);
        assertThat(prefill.requestBody()).isEqualTo(GIVEN_BACK);
        router.close();
        assertThat(prefill.requestsLeft()).isZero();
    }

    @Test
    void cache_ofAnEarlierIncarnation_isNotGivenBack() throws Exception {
        decode.answers(lateRefusal());
        Router router = router();

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        decode.request();
        router.nodes().add(prefill.node(PREFILL));
        call.get(5, TimeUnit.SECONDS).close();

        assertNotGivenBack(router);
    }

    @Test
    void cache_ofANodeThatWasRemoved_isNotGivenBack() throws Exception {
        decode.answers(lateRefusal());
        Router router = router();

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat()));
        decode.request();
        router.nodes().remove(prefill.node(PREFILL).address());
        call.get(5, TimeUnit.SECONDS).close();

        assertNotGivenBack(router);
    }

    @Test
    void prefill_whoseAnswerDecodeCannotBeToldOf_isGivenBack() {
        FakeEngine malformed = fleet.engine().answers(json(200, "{\"kv\":7}"));
        Router router =
                fleet.router(split(malformed.node(PREFILL), decode.node(DECODE)).option(PlainTwoStage.GRACE, "10000"));

        assertThatExceptionOfType(LegFailedException.class).isThrownBy(() -> router.route(chat()));

        malformed.request();
        assertThat(malformed.requestBody()).isEqualTo("{\"back\":7}");
        assertThat(decode.requestsLeft()).isZero();
    }

    @Test
    void prefill_whoseClientLeaves_isLetEndAndItsCacheGivenBack() throws Exception {
        FakeEngine slow = fleet.engine()
                .answers(json(200, LEFT)
                        .newBuilder()
                        .headersDelay(300, TimeUnit.MILLISECONDS)
                        .build());
        Router router =
                fleet.router(split(slow.node(PREFILL), decode.node(DECODE)).option(PlainTwoStage.GRACE, "10000"));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat(), cancellation));
        slow.request();
        cancellation.cancel();

        assertCancelled(call);
        assertThat(slow.requestBody()).isEqualTo(GIVEN_BACK);
        assertThat(decode.requestsLeft()).isZero();
    }

    @Test
    void decode_whoseClientLeaves_mayTakeTheCacheOverAndIsThenEnded() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        RawEngine taking = fleet.rawEngine(connection -> {
            left.await();
            connection.sendStream("data: " + TOKEN + "\n\n");
            connection.awaitEnd();
        });
        Router router =
                fleet.router(split(prefill.node(PREFILL), taking.node(DECODE)).option(PlainTwoStage.GRACE, "10000"));

        Future<InferenceResponse> call = threads.submit(() -> router.route(chat(), cancellation));
        RawEngine.Connection connection = taking.next();
        cancellation.cancel();
        left.countDown();

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> text(call.get(5, TimeUnit.SECONDS)))
                .withCauseInstanceOf(RequestCancelledException.class);
        assertThat(connection.endedAt()).isLessThanOrEqualTo(System.nanoTime());
        assertNotGivenBack(router);
    }

    @Test
    void decode_thatDoesNotTakeTheCacheOverInTime_isEndedAndTheCacheGivenBack() throws Exception {
        decode.answers(
                empty(200).newBuilder().headersDelay(10, TimeUnit.SECONDS).build());
        Router router = router(Duration.ofMillis(200));

        long left = System.nanoTime();
        Future<InferenceResponse> call = threads.submit(() -> router.route(chat(), cancellation));
        decode.request();
        cancellation.cancel();

        assertCancelled(call);
        assertThat(System.nanoTime() - left).isBetween(200_000_000L, 5_000_000_000L);
        assertGivenBackOnce(router);
    }

    private static void assertCancelled(Future<InferenceResponse> call) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> call.get(5, TimeUnit.SECONDS))
                .withCauseInstanceOf(RequestCancelledException.class);
    }

    @Test
    void node_whoseAnswerSaysThatItIsOfNoUse_getsNoMoreRequestsUntilItIsRegisteredAnew() throws IOException {
        FakeEngine useless = fleet.engine().answers(json(200, "{\"useless\":true,\"kv\":{\"cache\":1}}"));
        decode.answers(json(200, TOKEN));
        Router router = fleet.router(split(useless.node(PREFILL), prefill.node(PREFILL), decode.node(DECODE))
                .option(PlainTwoStage.GRACE, "10000"));

        text(router.route(chat()));

        NodeStatus status = Fleet.status(router, useless.node());
        assertThat(status.state()).isEqualTo(NodeState.STARTING);
        assertThat(status.reason()).contains("useless: true (expected: nothing)");
        useless.request();
        assertThat(useless.requestBody()).isEqualTo(GIVEN_BACK);
        router.nodes().add(useless.node(PREFILL));
        eventually(
                "it is routable again",
                () -> Fleet.status(router, useless.node()).state() == NodeState.READY);
    }
}
