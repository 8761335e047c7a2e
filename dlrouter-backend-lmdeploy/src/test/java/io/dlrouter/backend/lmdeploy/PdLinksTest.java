package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.spi.NodeLinks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PdLinksTest extends LinkFixture {
    private static final long PATIENCE_SECONDS = 30;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    @Test
    void link_freshPair_isMadeByTheSixCalls() {
        await(link());

        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
        assertThat(journal.left()).isEmpty();
    }

    @Test
    void link_calls_tellEachEngineOfTheOtherVerbatim() {
        String decodeInfo = ScriptedEngine.INFO.replace("1234", "99");
        decode.info(decodeInfo);

        await(link());
        journal.next(2);

        assertThat(journal.next().body())
                .isEqualTo(initialize(prefill.url(), ScriptedEngine.INFO, decode.url(), decodeInfo));
        assertThat(journal.next().body())
                .isEqualTo(initialize(decode.url(), decodeInfo, prefill.url(), ScriptedEngine.INFO));
        assertThat(journal.next().body()).isEqualTo(connect(decode));
        assertThat(journal.next().body()).isEqualTo(connect(prefill));
    }

    private static String initialize(String local, String localInfo, String remote, String remoteInfo) {
        return "{\"local_engine_id\":\"" + local + "\",\"local_engine_config\":" + localInfo
                + ",\"remote_engine_id\":\"" + remote + "\",\"remote_engine_config\":" + remoteInfo
                + ",\"protocol\":2,\"rank\":null,\"tcp_config\":null"
                + ",\"rdma_config\":{\"with_gdr\":true,\"link_type\":2},\"nvlink_config\":null}";
    }

    private static String connect(ScriptedEngine peer) {
        return "{\"protocol\":2,\"remote_engine_id\":\"" + peer.url() + "\",\"remote_engine_endpoint_info\":"
                + peer.endpoint() + ",\"remote_kvtransfer_endpoint_info\":" + peer.transfers() + "}";
    }

    @Test
    void link_overNvlink_saysSoInBothSteps() {
        await(links(QUICK, "migration_protocol", "NVLINK").link(prefill.node(), decode.node()));
        journal.next(2);

        for (int call = 0; call < 4; call++) {
            assertThat(journal.next().body()).contains("\"protocol\":3,").doesNotContain("\"protocol\":2,\"re");
        }
    }

    @Test
    void link_otherKindOfRdma_isToldOf() {
        await(links(QUICK, "link_type", "IB").link(prefill.node(), decode.node()));
        journal.next(2);

        assertThat(journal.next().body()).contains("\"rdma_config\":{\"with_gdr\":true,\"link_type\":1}");
    }

    @Test
    void link_linkedPair_isCompleteAtOnceWhateverElseIsSaidOfItsNodes() {
        await(link());
        journal.next(6);

        assertThat(links.link(
                        prefill.node().withRole(Role.PREFILL).withSpeed(2),
                        decode.node().withModels("m")))
                .isCompleted();
        assertThat(journal.left()).isEmpty();
    }

    @Test
    void link_fiftyAtOnce_shakeHandsOnce() throws Exception {
        int count = 50;
        ExecutorService callers = Executors.newFixedThreadPool(count);
        CyclicBarrier start = new CyclicBarrier(count);
        Callable<CompletableFuture<Void>> caller = () -> {
            start.await();
            return link();
        };

        for (Future<CompletableFuture<Void>> asked : callers.invokeAll(Collections.nCopies(count, caller))) {
            await(asked.get());
        }

        assertThat(journal.left()).isEqualTo(Journal.handshake("P", "D"));
        callers.shutdown();
    }

    @Test
    void link_oneCallerCancels_othersAreLinked() {
        CompletableFuture<Void> impatient = link();
        CompletableFuture<Void> other = link();
        prefill.during("p2p_initialize", () -> impatient.cancel(true));

        await(other);

        assertThat(impatient).isCancelled();
    }

    @Test
    void link_pairsOfOneEngine_shakeHandsOneAfterTheOther() {
        ScriptedEngine otherPrefill = engine("P2");
        List<CompletableFuture<Void>> second = new ArrayList<>();
        prefill.during("p2p_initialize", () -> {
            second.add(links.link(otherPrefill.node(), decode.node()));
            threads.runAll();
        });

        await(link());
        await(second.get(0));

        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P2", "D"));
    }

    @Test
    void link_engineHangs_othersAreLinkedMeanwhileAndItFailsInTime() {
        Duration limit = Duration.ofSeconds(1);
        PdLinks bounded = links(new Patience(
                limit, Duration.ofSeconds(60), 1, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(10)));
        ScriptedEngine otherPrefill = engine("P2");
        ScriptedEngine otherDecode = engine("D2");
        prefill.hangs("engine_info");
        CompletableFuture<Void> hanging = bounded.link(prefill.node(), decode.node());
        CompletableFuture<Void> behind = bounded.link(prefill.node(), otherDecode.node());
        prefill.during("engine_info", () -> {
            assertThat(journal.next())
                    .hasToString("P engine_info")
                    .satisfies(call -> assertThat(call.limit()).isEqualTo(limit));
            CompletableFuture<Void> other = bounded.link(otherPrefill.node(), otherDecode.node());
            threads.runAll();
            assertThat(other).isCompleted();
            assertThat(hanging).isNotDone();
        });

        assertThat(failure(hanging))
                .hasMessageStartingWith("The prefill node " + prefill.url() + " and the decode node " + decode.url()
                        + " are not linked: The prefill node " + prefill.url() + " failed at /distserve/engine_info: ");
        assertThat(failure(behind).leg()).isEqualTo(Role.PREFILL);
    }

    @Test
    void link_noLinkInAllTheTime_failsThoughAnEngineStillHangs() {
        Duration total = Duration.ofSeconds(1);
        PdLinks bounded = links(new Patience(
                Duration.ofSeconds(30), total, 8, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(10)));
        CompletableFuture<Void> hanging = bounded.link(prefill.node(), decode.node());
        prefill.during("engine_info", () -> {
            clock.advance(total.minusNanos(1));
            threads.runAll();
            assertThat(hanging).isNotDone();
            clock.advance(Duration.ofNanos(1));
            threads.runAll();
            assertThat(hanging).isCompletedExceptionally();
        });
        prefill.hangs("engine_info");

        assertThat(failure(hanging))
                .hasMessageEndingWith("The prefill node " + prefill.url() + " is busy with links (within 1 s)");
        assertThat(journal.left()).containsExactly("P engine_info");
    }

    @Test
    void link_stands_leavesNoTaskOnTheClock() {
        await(link());

        assertThat(clock.untilNextTask()).isEmpty();
    }

    @Test
    void close_linkStands_isDroppedOnBothSides() throws Exception {
        PdLinks threaded = onThreads();
        awaitThreads(threaded.link(prefill.node(), decode.node()));
        journal.next(6);

        threaded.close();

        assertThat(journal.left()).containsExactly("P p2p_drop_connect", "D p2p_drop_connect");
    }

    @Test
    void close_useOfALinkDoesNotEnd_waitsTwoSecondsForIt() throws Exception {
        await(link());
        journal.next(6);
        try (NodeLinks.Use use = links.use(prefill.node(), decode.node()).orElseThrow()) {
            Thread closing = thread(links::close);

            clock.awaitTaskIn(CLOSE_TIMEOUT);
            clock.advance(CLOSE_TIMEOUT.minusNanos(1));
            assertThat(closing.isAlive()).isTrue();
            clock.advance(Duration.ofNanos(1));
            join(closing);

            assertThat(use.stands()).isFalse();
            assertThatNothingElseIsCalled();
        }
    }

    @Test
    void close_dropIsNotAnswered_waitsTwoSecondsForIt() throws Exception {
        await(link());
        journal.next(6);
        Thread closing = thread(links::close);

        clock.awaitTaskIn(CLOSE_TIMEOUT);
        clock.advance(CLOSE_TIMEOUT.minusNanos(1));
        assertThat(closing.isAlive()).isTrue();
        clock.advance(Duration.ofNanos(1));

        join(closing);
        assertThatNothingElseIsCalled();
    }

    @Test
    void close_linkIsBeingMade_endsItsThreadsAndThoseWhoWait() throws Exception {
        Set<Thread> before = linkThreads();
        PdLinks closing = onThreads();
        assertThat(before).containsAll(linkThreads());
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        prefill.during("p2p_initialize", () -> {
            begun.countDown();
            hangUntilInterrupted(interrupted);
        });
        CompletableFuture<Void> waiting = closing.link(prefill.node(), decode.node());
        assertThat(begun.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        Set<Thread> working = linkThreads();
        working.removeAll(before);
        assertThat(working).hasSize(1).allMatch(Thread::isDaemon);

        Thread closer = thread(closing::close);
        clock.awaitTaskIn(CLOSE_TIMEOUT);
        assertThat(waiting).isCompletedExceptionally();
        clock.advance(CLOSE_TIMEOUT);
        join(closer);
        assertThat(interrupted.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        closing.close();

        assertThat(closing.link(prefill.node(), decode.node())).isCompletedExceptionally();
        for (Thread thread : working) {
            join(thread);
        }
    }

    /** A call that gets no response until its thread is interrupted. */
    private static void hangUntilInterrupted(CountDownLatch interrupted) {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw new IllegalStateException(e);
        }
    }

    /** Links between the engines that are made on threads of their own, as in a router. */
    private PdLinks onThreads() {
        return new PdLinks(client, LmdeployOptions.of(Map.of()), QUICK, clock);
    }

    private static void awaitThreads(CompletableFuture<Void> link) throws Exception {
        link.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "closing");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void join(Thread thread) throws InterruptedException {
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        assertThat(thread.isAlive()).isFalse();
    }

    private static Set<Thread> linkThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("lmdeploy-links"))
                .collect(Collectors.toSet());
    }
}
