package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Cancellation;
import io.dlrouter.Decision;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Lease;
import io.dlrouter.NodeSpec;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import io.dlrouter.spi.Usage;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code prefix_cache} in a router: what it is notified of requests, nodes and engines. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PrefixCacheRoutingTest {
    private static final Duration OFTEN = Duration.ofSeconds(1);
    private static final String CHAT =
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + "Tell me more. ".repeat(400) + "\"}]}";

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final FakeEngine engine = fleet.engine();

    @Test
    void route_samePromptAgain_goesWhereItWent() throws Exception {
        Router router = fleet.router(
                prefixCache(engine.node(), fleet.engine().node(), fleet.engine().node()));
        NodeSpec first = servedBy(router);

        for (int i = 0; i < 5; i++) {
            assertThat(servedBy(router).address()).isEqualTo(first.address());
        }
    }

    @Test
    void route_completed_leavesNothingQueued() throws Exception {
        Router router = fleet.router(prefixCache(engine.node()));

        assertThat(explanation(router, "queued_tokens")).isZero();
        assertThat(explanation(router, "queued_tokens")).isZero();
        assertThat(explanation(router, "answering")).isZero();
        assertThat(explanation(router, "matched_tokens")).isPositive();
    }

    @Test
    void route_clientLeavesBeforeTheFirstByte_leavesNothing() throws Exception {
        Router router = fleet.router(prefixCache(engine.node()));
        engine.respondsWith(new MockResponse.Builder()
                .onResponseStart(SocketEffect.Stall.INSTANCE)
                .build());
        Cancellation leaving = new Cancellation();
        Thread client = new Thread(() -> {
            try (InferenceResponse response = router.route(chat(CHAT), leaving)) {
                throw new AssertionError("answered with " + response.status());
            } catch (RequestCancelledException e) {
                assertThat(e).isNotNull();
            }
        });
        client.start();
        engine.request();
        leaving.cancel();
        client.join();

        read(router, chat().explained());
        assertThat(explanation(router, "matched_tokens")).isZero();
        assertThat(explanation(router, "queued_tokens")).isZero();
    }

    @Test
    void lease_callerSaysThatItSucceeded_isHeld() throws Exception {
        Router router = fleet.router(prefixCache(engine.node()));
        try (Lease lease = router.lease(chat(CHAT))) {
            lease.succeeded();
        }

        assertThat(explanation(router, "matched_tokens")).isPositive();
    }

    @Test
    void lease_callerSaysNothing_isNotHeld() throws Exception {
        Router router = fleet.router(prefixCache(engine.node()));
        router.lease(chat(CHAT)).close();

        read(router, chat());
        assertThat(explanation(router, "matched_tokens")).isZero();
    }

    @Test
    void route_nodeTurnsItAway_holdsNothingOfIt() throws Exception {
        Router router = fleet.router(prefixCache(engine.node()));
        engine.respondsWith(json(400, "{}"));
        read(router, chat(CHAT));

        read(router, chat());
        assertThat(explanation(router, "matched_tokens")).isZero();
    }

    @Test
    void route_nodeRegisteredAnew_holdsNothing() throws Exception {
        Router router = fleet.router(prefixCache(engine.node()));
        read(router, chat(CHAT));
        assertThat(explanation(router, "matched_tokens")).isPositive();

        router.nodes().add(engine.node());

        assertThat(explanation(router, "matched_tokens")).isZero();
    }

    @Test
    void route_engineSaysTwiceThatItHadNothing_isBelieved() throws Exception {
        Router router = fleet.router(prefixCache(engine.node()));
        String other = CHAT.replace("Tell", "Sell");
        read(router, chat(other));
        read(router, chat(CHAT));
        engine.respondsWith(counted(1400, 0)).respondsWith(counted(1400, 0));
        read(router, chat(CHAT));
        read(router, chat(CHAT));
        read(router, chat());

        Decision decision = read(router, chat(other).explained()).get(0);

        assertThat(explanation(decision, "matched_tokens")).isZero();
    }

    @Test
    void route_engineCountsTokens_areLearned() throws Exception {
        Router router = fleet.router(prefixCache(engine.node()));
        double guessed = explanation(router, "prompt_tokens");
        engine.respondsWith(counted(2000, 0));
        read(router, chat(CHAT));

        assertThat(guessed).isLessThan(1900);
        assertThat(explanation(router, "prompt_tokens")).isEqualTo(2000);
    }

    @Test
    void completed_explained_tellsListenersOfPromptAndUsage() throws Exception {
        Queue<RoutedRequest> ended = new ConcurrentLinkedQueue<>();
        Router router = fleet.router(prefixCache(engine.node()).listener(new RouterListener() {
            @Override
            public void completed(RoutedRequest request) {
                ended.add(request);
            }
        }));
        engine.respondsWith(counted(2000, 64));
        read(router, chat(CHAT).explained());
        read(router, chat(CHAT));

        assertThat(ended.remove()).satisfies(request -> {
            assertThat(request.usage()).hasValue(new Usage(2000, OptionalLong.of(64), OptionalLong.of(3)));
            assertThat(request.prompt())
                    .hasValueSatisfying(prompt -> assertThat(prompt.length()).isGreaterThan(5000));
            assertThat(request.attempts())
                    .singleElement()
                    .satisfies(attempt -> assertThat(attempt.decision()).isPresent());
        });
        assertThat(ended.remove()).satisfies(request -> {
            assertThat(request.prompt()).isEmpty();
            assertThat(request.attempts().get(0).decision()).isEmpty();
        });
    }

    @Test
    void cacheSize_strategyGoesByIt_isAskedOfTheEngineOnce() throws Exception {
        engine.describes(PlainBackend.CACHE, json(200, "256"));
        Router router = fleet.router(
                prefixCache(engine.node()).healthCheckInterval(OFTEN).healthCheckTimeout(Duration.ofDays(1)));
        read(router, chat(CHAT));
        eventually("the engine is asked", clock, OFTEN, () -> engine.probesOf(PlainBackend.CACHE) == 1);
        long probes = engine.probesOf("/health");
        eventually("it is probed again", clock, OFTEN, () -> engine.probesOf("/health") > probes + 2);

        read(router, chat(CHAT));
        assertThat(explanation(router, "matched_tokens")).as("two blocks").isEqualTo(256);
        assertThat(engine.probesOf(PlainBackend.CACHE)).isEqualTo(1);
    }

    @Test
    void cacheSize_engineDoesNotSayIt_isNotAskedAgain() throws Exception {
        Router router = fleet.router(
                prefixCache(engine.node()).healthCheckInterval(OFTEN).healthCheckTimeout(Duration.ofDays(1)));
        read(router, chat(CHAT));
        eventually("the engine is asked", clock, OFTEN, () -> engine.probesOf(PlainBackend.CACHE) == 1);
        read(router, chat(CHAT));
        long probes = engine.probesOf("/health");
        eventually("it is probed again", clock, OFTEN, () -> engine.probesOf("/health") > probes + 2);

        assertThat(engine.probesOf(PlainBackend.CACHE)).isEqualTo(1);
    }

    @Test
    void cacheSize_strategyDoesNotGoByIt_isNotAsked() throws Exception {
        Router router =
                fleet.router(over(engine.node()).healthCheckInterval(OFTEN).healthCheckTimeout(Duration.ofDays(1)));
        read(router, chat(CHAT));
        long probes = engine.probesOf("/health");
        eventually("it is probed again", clock, OFTEN, () -> engine.probesOf("/health") > probes + 2);

        assertThat(engine.probesOf(PlainBackend.CACHE)).isZero();
    }

    private static RouterBuilder prefixCache(NodeSpec... nodes) {
        return over(nodes).strategy("prefix_cache");
    }

    private static MockResponse counted(int promptTokens, int cachedTokens) {
        return json(
                200,
                "{\"choices\":[],\"usage\":{\"prompt_tokens\":" + promptTokens
                        + ",\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":" + cachedTokens
                        + "}}}");
    }

    private static NodeSpec servedBy(Router router) throws IOException {
        try (InferenceResponse response = router.route(chat(CHAT))) {
            response.body().readAllBytes();
            return response.servedBy();
        }
    }

    private static List<Decision> read(Router router, InferenceRequest request) throws IOException {
        try (InferenceResponse response = router.route(request)) {
            response.body().readAllBytes();
            return response.decisions();
        }
    }

    private static double explanation(Router router, String fact) throws IOException {
        return explanation(read(router, chat(CHAT).explained()).get(0), fact);
    }

    private static double explanation(Decision decision, String fact) {
        return Objects.requireNonNull(decision.candidates().get(0).explanation().get(fact));
    }
}
