package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.FakeEngine.json;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.split;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeSelection;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.core.fleet.RetryBudget;
import io.dlrouter.core.pd.twostage.KvLeaseExpiredException;
import io.dlrouter.core.pd.twostage.PrefillResult;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Receiver;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A KV cache whose lease may have expired is not decoded: the prompt is prefilled again. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoStageLeaseTest {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration MOMENT = Duration.ofMillis(1);
    private static final InferenceRequest STREAM = chat("{\"model\":\"m\",\"stream\":true}");
    private static final String EVENTS = "data: 1\n\ndata: [DONE]\n\n";

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeClock clock = new FakeClock();
    private final BlockingQueue<String> decoded = new LinkedBlockingQueue<>();

    /** Leaves a cache of another number with each prefill. */
    private final FakeEngine prefill = fleet.engine()
            .respondsWith(json(200, "{\"kv\":{\"cache\":1}}"))
            .respondsWith(json(200, "{\"kv\":{\"cache\":2}}"))
            .respondsWith(json(200, "{\"kv\":{\"cache\":3}}"))
            .respondsWith(json(200, "{\"kv\":{\"cache\":4}}"));

    private Router router(NodeSpec... decodes) {
        RouterBuilder builder = split(prefill.node(PREFILL))
                .clock(clock)
                .healthCheckInterval(Duration.ofHours(1))
                .option(PlainTwoStage.LEASE, Long.toString(LEASE.toMillis()));
        for (NodeSpec node : decodes) {
            builder.node(node);
        }
        return fleet.router(builder);
    }

    /** A decode engine whose first requests, so many, are served when the client has had to wait for so long. */
    private NodeSpec late(int requests, Duration wait) {
        BlockingQueue<Duration> waits = new LinkedBlockingQueue<>();
        for (int i = 0; i < requests; i++) {
            waits.add(wait);
        }
        return fleet.rawEngine(connection -> {
                    decoded.add(connection.body());
                    Duration next = waits.poll();
                    if (next != null) {
                        clock.advance(next);
                    }
                    connection.sendStream(EVENTS);
                    connection.sendEnd();
                })
                .node(DECODE);
    }

    @Test
    void decode_firstEventAfterTheLease_isMadeAgainAfterAnotherPrefill() throws IOException {
        Router router = router(late(1, LEASE));

        assertServed(router);

        assertThat(decoded).hasSize(2).first().asString().contains("\"kv\":{\"cache\":1}");
        assertThat(decoded).last().asString().contains("\"kv\":{\"cache\":2}");
        assertThat(prefill.requestsLeft()).isEqualTo(2);
    }

    @Test
    void decode_firstEventJustWithinTheLease_isPassedOn() throws IOException {
        Router router = router(late(1, LEASE.minus(MOMENT)));

        assertServed(router);

        assertThat(decoded).hasSize(1);
        assertThat(prefill.requestsLeft()).isOne();
    }

    @Test
    void decode_headAndNoEventWithinTheLease_isMadeAgain() throws IOException {
        RawEngine slow = fleet.rawEngine(connection -> {
            decoded.add(connection.body());
            connection.sendStream("");
            if (decoded.size() == 1) {
                clock.advance(LEASE);
            }
            connection.sendChunk(EVENTS);
            connection.sendEnd();
        });
        Router router = router(slow.node(DECODE));

        assertServed(router);

        assertThat(decoded).hasSize(2);
        assertThat(prefill.requestsLeft()).isEqualTo(2);
    }

    @Test
    void decode_eventsGoOnAfterTheLease_areNotCut() throws Exception {
        RawEngine slow = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitRelease();
            connection.sendChunk("data: [DONE]\n\n");
            connection.sendEnd();
        });
        Router router = router(slow.node(DECODE));

        try (InferenceResponse response = router.route(STREAM)) {
            clock.advance(LEASE.multipliedBy(2));
            slow.next().release();
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo(EVENTS);
        }
        assertThat(prefill.requestsLeft()).isOne();
    }

    @Test
    void decode_anotherNodeIsThere_isMadeThere() throws IOException {
        FakeEngine other = fleet.engine();
        Router router = router(late(1, LEASE), other.node(DECODE));

        try (InferenceResponse response = router.route(STREAM)) {
            assertThat(response.servedBy()).isEqualTo(other.node(DECODE));
        }

        assertThat(other.requestBody()).contains("\"kv\":{\"cache\":2}");
        assertThat(decoded).hasSize(1);
    }

    @Test
    void decode_alwaysAfterTheLease_failsAfterThreePrefills() {
        NodeSpec late = late(9, LEASE);
        Router router = router(late);

        assertThatExceptionOfType(LegFailedException.class)
                .isThrownBy(() -> router.route(STREAM))
                .withMessageContaining("KV lease")
                .withMessageContaining(late.address().toString())
                .satisfies(failure -> assertThat(failure.leg()).isEqualTo(Role.DECODE));

        assertThat(prefill.requestsLeft()).isEqualTo(3);
        assertThat(decoded).hasSize(3);
        assertThat(TestFleet.status(router, late).state()).isEqualTo(NodeState.READY);
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    /** When decode began is seen of a stream only, and a plain response may well take longer than a lease. */
    @Test
    void decode_plainResponseAfterTheLease_isPassedOn() throws IOException {
        RawEngine slow = fleet.rawEngine(connection -> {
            clock.advance(LEASE.multipliedBy(3));
            connection.sendJson("{}");
        });
        Router router = router(slow.node(DECODE));

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
        }
        assertThat(prefill.requestsLeft()).isOne();
    }

    @Test
    void decode_nodeAdmitsNothingUntilTheLeaseIsOver_isMadeElsewhereAfterAnotherPrefill() throws IOException {
        RawEngine full = fleet.rawEngine(connection -> {
            decoded.add(connection.body());
            clock.advance(LEASE);
            connection.sendJson(503, "{}");
        });
        FakeEngine other = fleet.engine();

        router(full.node(DECODE), other.node(DECODE)).route(chat()).close();

        assertThat(decoded).singleElement().asString().contains("\"kv\":{\"cache\":1}");
        assertThat(other.requestBody()).contains("\"kv\":{\"cache\":2}");
    }

    @Test
    void prompt_leaseOver_isForNoDecodeNode() {
        PrefillResult prompt = prompt(Optional.empty());
        LiveNode decode = Nodes.node("d", "m");

        clock.advance(LEASE.minus(MOMENT));
        assertThat(prompt.isFor(decode)).isTrue();
        clock.advance(MOMENT);

        assertThat(prompt.isFor(decode)).isFalse();
        assertThatExceptionOfType(KvLeaseExpiredException.class).isThrownBy(prompt::requireHeld);
    }

    @Test
    void prompt_prefillSaysWhenItDropsTheCache_isHeldUntilThen() {
        PrefillResult prompt = prompt(Optional.of(Duration.ofSeconds(5)));

        clock.advance(Duration.ofSeconds(5).minus(MOMENT));
        assertThat(prompt.isExpired()).isFalse();
        clock.advance(MOMENT);

        assertThat(prompt.isExpired()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {-100_000, -1, 0, 90_000})
    void prompt_prefillSaysWhatCannotBe_isHeldForTheLease(long seconds) {
        PrefillResult prompt = prompt(Optional.of(Duration.ofSeconds(seconds)));

        clock.advance(LEASE.minus(MOMENT));
        assertThat(prompt.isExpired()).isFalse();
        clock.advance(MOMENT);

        assertThat(prompt.isExpired()).isTrue();
    }

    private PrefillResult prompt(Optional<Duration> expiry) {
        Handover handover =
                Handover.of(NodeRequest.UNCHANGED, Receiver.ANY, LEASE).withExpiry(expiry.map(clock.now()::plus));
        return new PrefillResult(handover, Optional.empty(), Nodes.node("d", "m"), null, Duration.ZERO, clock);
    }

    @Test
    void again_retryBudgetIsSpent_throwsTheReason() {
        NodeTable table = Nodes.table(Nodes.node("a", "m"));
        Fleet fleet = Nodes.fleet(table);
        RequestContext request = Nodes.requestFor("m");
        NodeSelection selection = new NodeSelection(fleet, request, Role.HYBRID);
        selection.next().close();
        LegFailedException reason = new LegFailedException(Role.DECODE, "late", null);

        selection.again(reason);
        selection.next().close();
        for (int i = 1; i < RetryBudget.FLOOR; i++) {
            assertThat(fleet.retries(request).repeat()).isTrue();
        }

        assertThatExceptionOfType(LegFailedException.class)
                .isThrownBy(() -> selection.again(reason))
                .isSameAs(reason);
    }

    private static void assertServed(Router router) throws IOException {
        try (InferenceResponse response = router.route(STREAM)) {
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo(EVENTS);
        }
        assertThat(TestFleet.inFlight(router)).isZero();
    }
}
