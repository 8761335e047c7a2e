package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PdLinksDepartureTest extends LinkFixture {
    private static final List<String> DROPS = List.of("P p2p_drop_connect", "D p2p_drop_connect");

    @BeforeEach
    void linkBoth() throws Exception {
        await(link());
        journal.next(6);
    }

    @Test
    void left_nodeAlive_dropsTheLinkOnBothSides() throws Exception {
        links.left(decode.node(), true);

        assertThat(journal.next().body()).isEqualTo(drop(prefill, decode));
        assertThat(journal.next().body()).isEqualTo(drop(decode, prefill));
    }

    private static String drop(ScriptedEngine callee, ScriptedEngine peer) {
        return "{\"engine_id\":\"" + callee.url() + "\",\"remote_engine_id\":\"" + peer.url() + "\"}";
    }

    @Test
    void left_prefillNodeDead_tellsOnlyItsDecodeNodes() throws Exception {
        ScriptedEngine otherDecode = engine("D2");
        await(links.link(prefill.node(), otherDecode.node()));
        journal.next(6);

        links.left(prefill.node(), false);

        assertThat(journal.next(2)).containsExactlyInAnyOrder("D p2p_drop_connect", "D2 p2p_drop_connect");
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_decodeNodeDead_tellsOnlyItsPrefillNodes() throws Exception {
        links.left(decode.node(), false);

        assertThat(journal.next(1)).containsExactly("P p2p_drop_connect");
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_twice_dropsOnce() throws Exception {
        links.left(prefill.node(), true);
        links.left(prefill.node(), true);

        assertThat(journal.next(2)).isEqualTo(DROPS);
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_nodeWithoutLinks_tellsNobodyAndLeavesOtherLinks() throws Exception {
        links.left(engine("P2").node(), true);

        assertThat(link()).isCompleted();
        assertThatNothingElseIsCalled();
    }

    @Test
    void link_nodeThatLeft_isMadeAnewAfterTheDrops() throws Exception {
        CountDownLatch gate = decode.holds("p2p_drop_connect");
        links.left(prefill.node(), true);
        CompletableFuture<Void> again = link();
        assertThat(journal.next(2)).isEqualTo(DROPS);
        gate.countDown();

        await(again);

        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
    }

    @Test
    void left_engineDoesNotAnswerToTheDrop_othersAreDroppedAndLinkedMeanwhile() throws Exception {
        PdLinks hasty = links(new Patience(
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                1,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(1),
                Duration.ofSeconds(10)));
        await(hasty.link(prefill.node(), decode.node()));
        journal.next(6);
        prefill.holds("p2p_drop_connect");

        hasty.left(prefill.node(), true);
        assertThat(journal.next()).hasToString("P p2p_drop_connect");
        await(hasty.link(engine("P2").node(), engine("D2").node()));

        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P2", "D2"));
        assertThat(journal.next(1)).containsExactly("D p2p_drop_connect");
    }

    @Test
    void left_engineFailsToDrop_theOtherIsToldAllTheSame() throws Exception {
        prefill.answers("p2p_drop_connect", ScriptedEngine.answer(500, "text/plain", "Internal Server Error"));

        links.left(decode.node(), true);

        assertThat(journal.next(2)).isEqualTo(DROPS);
    }

    @Test
    void left_linkIsBeingMade_failsAtOnceAndWhatWasBegunIsDropped() throws Exception {
        ScriptedEngine otherPrefill = engine("P2");
        CountDownLatch gate = otherPrefill.holds("p2p_initialize");
        CompletableFuture<Void> waiting = links.link(otherPrefill.node(), decode.node());
        journal.next(3);

        links.left(decode.node(), false);

        assertThat(waiting).isCompletedExceptionally();
        LegFailedException failure = failure(waiting);
        assertThat(failure.leg()).isEqualTo(Role.DECODE);
        assertThat(failure).hasMessageEndingWith(" are not linked: the decode node " + decode.url() + " has gone");
        gate.countDown();
        assertThat(journal.next(2)).containsExactlyInAnyOrder("P p2p_drop_connect", "P2 p2p_drop_connect");
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_linkIsAllButMade_isNotLinked() throws Exception {
        ScriptedEngine otherPrefill = engine("P2");
        CountDownLatch gate = decode.holds("p2p_connect");
        CompletableFuture<Void> waiting = links.link(otherPrefill.node(), decode.node());
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P2", "D"));

        links.left(otherPrefill.node(), true);
        gate.countDown();

        assertThat(failure(waiting).leg()).isEqualTo(Role.PREFILL);
        assertThat(journal.next(2)).containsExactly("P2 p2p_drop_connect", "D p2p_drop_connect");
        await(links.link(otherPrefill.node(), decode.node()));
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P2", "D"));
    }

    @Test
    void left_linkWaitsForItsTurn_isNeverBegun() throws Exception {
        ScriptedEngine otherDecode = engine("D2");
        CountDownLatch gate = otherDecode.holds("engine_info");
        CompletableFuture<Void> first = links.link(engine("P3").node(), otherDecode.node());
        journal.next(2);
        CompletableFuture<Void> waiting = links.link(prefill.node(), otherDecode.node());

        links.left(prefill.node(), false);
        gate.countDown();

        await(first);
        assertThat(failure(waiting).leg()).isEqualTo(Role.PREFILL);
        assertThat(journal.next(5)).contains("D p2p_drop_connect").noneMatch(call -> call.startsWith("P "));
    }
}
