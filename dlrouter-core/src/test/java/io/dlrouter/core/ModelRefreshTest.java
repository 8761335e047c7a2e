package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.Cancellation;
import io.dlrouter.ModelCard;
import io.dlrouter.NodeSpec;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterClosedException;
import io.dlrouter.spi.FakeClock;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ModelRefreshTest {
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final FakeClock clock = new FakeClock();
    private final ExecutorService requests = Executors.newCachedThreadPool();
    private final FakeEngines engines = new FakeEngines();
    private final NodeTable table = Nodes.table();
    private final ModelRefresh refresh = new ModelRefresh(table, engines, clock);

    @AfterEach
    void close() {
        engines.open();
        refresh.close();
        requests.shutdownNow();
    }

    @Test
    void await_modelLoadedSinceTheLastReport_isKnown() {
        ready("a", "m");
        engines.serve("a", "m", "adapter");

        await("adapter");

        assertThat(serves("adapter")).isTrue();
        assertThat(serves("m")).isTrue();
    }

    @Test
    void await_modelOfNoEngine_asksEachEngineOnce() {
        ready("a", "m");
        ready("b", "m");

        await("unknown");

        assertThat(engines.asked).containsExactlyInAnyOrder("a", "b");
        assertThat(serves("unknown")).isFalse();
    }

    @Test
    void await_ranksOfOneEngine_asksOnceForAll() {
        LiveNode zero = ranked("http://a:8000@0");
        LiveNode one = ranked("http://a:8000@1");
        engines.serve("a", "m", "adapter");

        await("adapter");

        assertThat(engines.asked).containsExactly("a");
        assertThat(zero.serves("adapter")).isTrue();
        assertThat(one.serves("adapter")).isTrue();
    }

    @Test
    void await_engineFails_keepsItsModels() {
        ready("a", "m");
        engines.fail("a");

        await("adapter");

        assertThat(serves("m")).isTrue();
    }

    @Test
    void await_nodesRegisteredWithModelsOrNotReady_asksNobody() {
        add(node("a", "m"));
        LiveNode ejected = ready("b", "m");
        table.update(List.of(ejected), "test", node -> node.eject("test"));

        await("adapter");

        assertThat(engines.asked).isEmpty();
    }

    @Test
    void await_manyRequestsAtOnce_shareTheNextRound() throws Exception {
        ready("a", "m");
        engines.hold("a");
        Future<?> first = waiting("unknown");
        eventually("the first round is under way", () -> engines.asked.size() == 1);

        List<? extends Future<?>> others =
                IntStream.range(0, 20).mapToObj(i -> waiting("unknown-" + i)).toList();
        eventually("all wait", () -> refresh.waiting() == 21);
        engines.open();
        first.get();
        assertThat(engines.asked).hasSize(1);

        clock.awaitTaskIn(ModelRefresh.PACE);
        clock.advance(ModelRefresh.PACE);
        for (Future<?> other : others) {
            other.get();
        }

        assertThat(engines.asked).hasSize(2);
    }

    @Test
    void await_anotherRoundInTheLastSecond_waitsForTheNext() throws Exception {
        ready("a", "m");
        await("adapter");
        engines.serve("a", "adapter");

        Future<?> request = waiting("adapter");
        clock.awaitTaskIn(ModelRefresh.PACE);
        clock.advance(ModelRefresh.PACE.minus(MOMENT));
        assertThat(engines.asked).hasSize(1);

        clock.advance(MOMENT);
        request.get();

        assertThat(engines.asked).hasSize(2);
        assertThat(serves("adapter")).isTrue();
    }

    @Test
    void await_modelFoundBeforeAllEnginesRespond_waitsForNoOther() throws Exception {
        ready("a", "m");
        ready("b", "m");
        engines.hold("a");
        engines.serve("b", "adapter");

        await("adapter");

        assertThat(serves("adapter")).isTrue();
    }

    @Test
    void await_engineIsSilent_endsAfterTheLimitOfTheRound() throws Exception {
        ready("a", "m");
        engines.hold("a");
        Future<?> request = waiting("adapter");
        eventually("the engine is asked", () -> engines.asked.size() == 1);

        clock.advance(ModelRefresh.ROUND_LIMIT.minus(MOMENT));
        assertThat(refresh.waiting()).isOne();
        clock.advance(MOMENT);

        request.get();
    }

    @Test
    void await_roundUnderWayIsSilent_endsAfterTheLimitOfTheNext() throws Exception {
        ready("a", "m");
        engines.hold("a");
        Future<?> first = waiting("first");
        eventually("the first round is under way", () -> engines.asked.size() == 1);
        Future<?> second = waiting("second");
        eventually("both wait", () -> refresh.waiting() == 2);

        clock.advance(ModelRefresh.ROUND_LIMIT);
        first.get();
        eventually("the second round is under way", () -> engines.asked.size() == 2);
        clock.advance(ModelRefresh.ROUND_LIMIT);

        second.get();
    }

    @Test
    void await_requestCancelled_endsAtOnce() throws Exception {
        ready("a", "m");
        engines.hold("a");
        Cancellation cancellation = new Cancellation();
        Future<?> request = requests.submit(() -> refresh.await(() -> false, cancellation));
        eventually("it waits", () -> refresh.waiting() == 1);

        cancellation.cancel();

        assertFailsWith(RequestCancelledException.class, request);
        assertThat(refresh.waiting()).isZero();
    }

    @Test
    void await_tooManyRequestsWait_returnsAtOnce() {
        ready("a", "m");
        engines.hold("a");
        List<? extends Future<?>> waiting = IntStream.range(0, ModelRefresh.MOST_WAITING)
                .mapToObj(i -> waiting("unknown"))
                .toList();
        eventually("as many wait as may", () -> refresh.waiting() == ModelRefresh.MOST_WAITING);

        await("unknown");

        assertThat(waiting).noneMatch(Future::isDone);
    }

    @Test
    void close_requestWaits_failsIt() {
        ready("a", "m");
        engines.hold("a");
        Future<?> request = waiting("unknown");
        eventually("it waits", () -> refresh.waiting() == 1);

        refresh.close();

        assertFailsWith(RouterClosedException.class, request);
    }

    @Test
    void close_before_failsARequestThatComesLater() {
        ready("a", "m");

        refresh.close();

        assertThatExceptionOfType(RouterClosedException.class).isThrownBy(() -> await("unknown"));
    }

    private void await(String model) {
        refresh.await(() -> serves(model), new Cancellation());
    }

    private Future<?> waiting(String model) {
        return requests.submit(() -> await(model));
    }

    private boolean serves(String model) {
        return table.nodes().stream().anyMatch(node -> node.serves(model));
    }

    private LiveNode ready(String host, String... models) {
        return ready(node(host), models);
    }

    private LiveNode ranked(String url) {
        return ready(node(NodeSpec.of(PlainBackend.NAME, url)), "m");
    }

    private LiveNode ready(LiveNode node, String... models) {
        node.report(Arrays.stream(models).map(ModelCard::named).toList());
        add(node);
        return node;
    }

    private void add(LiveNode node) {
        table.change(nodes -> nodes.put(node.spec().address(), node));
    }

    private static void assertFailsWith(Class<? extends Exception> expected, Future<?> request) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(request::get)
                .withCauseInstanceOf(expected);
    }

    /** Engines by the names of their hosts. Each reports one model of its own until it is told otherwise. */
    private static final class FakeEngines implements ModelRefresh.Source {
        private final Queue<String> asked = new ConcurrentLinkedQueue<>();
        private final Map<String, CompletableFuture<List<ModelCard>>> reports = new ConcurrentHashMap<>();

        void serve(String host, String... models) {
            reports.put(
                    host,
                    CompletableFuture.completedFuture(
                            Arrays.stream(models).map(ModelCard::named).toList()));
        }

        void fail(String host) {
            reports.put(host, CompletableFuture.failedFuture(new IOException("refused")));
        }

        /** Lets the engine be silent until it is opened. */
        void hold(String host) {
            reports.put(host, new CompletableFuture<>());
        }

        void open() {
            reports.values().forEach(report -> report.complete(List.of(ModelCard.named("m"))));
        }

        @Override
        public List<ModelCard> models(URI engine, Duration limit) throws IOException {
            asked.add(engine.getHost());
            try {
                return reports.getOrDefault(
                                engine.getHost(), CompletableFuture.completedFuture(List.of(ModelCard.named("m"))))
                        .get();
            } catch (ExecutionException | InterruptedException e) {
                throw new IOException(e);
            }
        }
    }
}
