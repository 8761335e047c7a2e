package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PdLinksTest extends LinkFixture {

    @Test
    void link_freshPair_isMadeByTheSixCalls() throws Exception {
        await(link());

        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
        assertThat(journal.left()).isEmpty();
    }

    @Test
    void link_calls_tellEachEngineOfTheOtherVerbatim() throws Exception {
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
    void link_overNvlink_saysSoInBothSteps() throws Exception {
        await(links(QUICK, "migration_protocol", "NVLINK").link(prefill.node(), decode.node()));
        journal.next(2);

        for (int call = 0; call < 4; call++) {
            assertThat(journal.next().body()).contains("\"protocol\":3,").doesNotContain("\"protocol\":2,\"re");
        }
    }

    @Test
    void link_otherKindOfRdma_isToldOf() throws Exception {
        await(links(QUICK, "link_type", "IB").link(prefill.node(), decode.node()));
        journal.next(2);

        assertThat(journal.next().body()).contains("\"rdma_config\":{\"with_gdr\":true,\"link_type\":1}");
    }

    @Test
    void link_linkedPair_isCompleteAtOnceWhateverElseIsSaidOfItsNodes() throws Exception {
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
        ExecutorService threads = Executors.newFixedThreadPool(50);
        CountDownLatch start = new CountDownLatch(1);
        List<CompletableFuture<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            callers.add(CompletableFuture.runAsync(() -> awaitQuietly(start), threads)
                    .thenCompose(started -> link()));
        }
        start.countDown();

        for (CompletableFuture<Void> caller : callers) {
            await(caller);
        }

        assertThat(journal.left()).isEqualTo(Journal.handshake("P", "D"));
        threads.shutdown();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void link_oneCallerCancels_othersAreLinked() throws Exception {
        CountDownLatch gate = prefill.holds("p2p_initialize");
        CompletableFuture<Void> impatient = link();
        CompletableFuture<Void> other = link();
        journal.next(3);

        impatient.cancel(true);
        gate.countDown();

        await(other);
    }

    @Test
    void link_pairsOfOneEngine_shakeHandsOneAfterTheOther() throws Exception {
        ScriptedEngine otherPrefill = engine("P2");
        CountDownLatch gate = prefill.holds("p2p_initialize");
        CompletableFuture<Void> first = link();
        journal.next(3);
        CompletableFuture<Void> second = links.link(otherPrefill.node(), decode.node());
        gate.countDown();

        await(first);
        await(second);

        assertThat(journal.next(3)).isEqualTo(Journal.handshake("P", "D").subList(3, 6));
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P2", "D"));
    }

    @Test
    void link_engineHangs_othersAreLinkedMeanwhileAndItFailsInTime() throws Exception {
        PdLinks bounded = links(new Patience(
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                1,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(10)));
        ScriptedEngine otherPrefill = engine("P2");
        ScriptedEngine otherDecode = engine("D2");
        prefill.holds("engine_info");
        CompletableFuture<Void> hanging = bounded.link(prefill.node(), decode.node());
        CompletableFuture<Void> behind = bounded.link(prefill.node(), otherDecode.node());
        assertThat(journal.next()).hasToString("P engine_info");

        await(bounded.link(otherPrefill.node(), otherDecode.node()));

        assertThat(failure(hanging))
                .hasMessageStartingWith("The prefill node " + prefill.url() + " and the decode node " + decode.url()
                        + " are not linked: The prefill node " + prefill.url() + " failed at /distserve/engine_info: ");
        assertThat(failure(behind).leg()).isEqualTo(Role.PREFILL);
    }

    @Test
    void link_noLinkInAllTheTime_failsThoughAnEngineStillHangs() throws Exception {
        PdLinks bounded = links(new Patience(
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                8,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(10)));
        prefill.holds("engine_info");
        CompletableFuture<Void> hanging = bounded.link(prefill.node(), decode.node());
        assertThat(journal.next()).hasToString("P engine_info");

        assertThat(failure(hanging))
                .hasMessageEndingWith("The prefill node " + prefill.url() + " is busy with links (within 1 s)");
    }

    @Test
    void close_linkStands_isDroppedOnBothSides() throws Exception {
        await(link());
        journal.next(6);

        links.close();

        assertThat(journal.next(2)).containsExactly("P p2p_drop_connect", "D p2p_drop_connect");
    }

    @Test
    void close_linkIsBeingMade_endsItsThreadsAndThoseWhoWait() throws Exception {
        Set<Thread> before = linkThreads();
        PdLinks closing = links(QUICK);
        assertThat(before).containsAll(linkThreads());
        prefill.holds("p2p_initialize");
        CompletableFuture<Void> waiting = closing.link(prefill.node(), decode.node());
        journal.next(3);
        Set<Thread> working = linkThreads();
        working.removeAll(before);
        assertThat(working).hasSize(1).allMatch(Thread::isDaemon);

        closing.close();
        closing.close();

        assertThat(waiting).isCompletedExceptionally();
        assertThat(closing.link(prefill.node(), decode.node())).isCompletedExceptionally();
        for (Thread thread : working) {
            thread.join(10_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    private static Set<Thread> linkThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("lmdeploy-links"))
                .collect(Collectors.toSet());
    }
}
