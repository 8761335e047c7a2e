package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import io.dlrouter.spi.NodeClient.Response;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PdLinksDepartureTest extends LinkFixture {
    private static final List<String> DROPS = List.of("P p2p_drop_connect", "D p2p_drop_connect");

    @BeforeEach
    void linkBoth() {
        await(link());
        journal.next(6);
    }

    @Test
    void left_nodeAlive_dropsTheLinkOnBothSides() {
        links.left(decode.node(), true);
        threads.runAll();

        assertThat(journal.next().body()).isEqualTo(drop(prefill, decode));
        assertThat(journal.next().body()).isEqualTo(drop(decode, prefill));
    }

    private static String drop(ScriptedEngine callee, ScriptedEngine peer) {
        return "{\"engine_id\":\"" + callee.url() + "\",\"remote_engine_id\":\"" + peer.url() + "\"}";
    }

    @Test
    void left_prefillNodeDead_tellsOnlyItsDecodeNodes() {
        ScriptedEngine otherDecode = engine("D2");
        await(links.link(prefill.node(), otherDecode.node()));
        journal.next(6);

        links.left(prefill.node(), false);

        assertThat(calls(2)).containsExactlyInAnyOrder("D p2p_drop_connect", "D2 p2p_drop_connect");
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_decodeNodeDead_tellsOnlyItsPrefillNodes() {
        links.left(decode.node(), false);

        assertThat(calls(1)).containsExactly("P p2p_drop_connect");
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_twice_dropsOnce() {
        links.left(prefill.node(), true);
        links.left(prefill.node(), true);

        assertThat(calls(2)).isEqualTo(DROPS);
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_nodeWithoutLinks_tellsNobodyAndLeavesOtherLinks() {
        links.left(engine("P2").node(), true);

        assertThat(link()).isCompleted();
        assertThatNothingElseIsCalled();
    }

    @Test
    void link_nodeThatLeft_isMadeAnewAfterTheDrops() {
        links.left(prefill.node(), true);
        CompletableFuture<Void> again = link();
        decode.during("p2p_drop_connect", () -> {
            assertThat(calls(2)).isEqualTo(DROPS);
            assertThatNothingElseIsCalled();
        });

        await(again);

        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
    }

    @Test
    void left_engineDoesNotAnswerToTheDrop_othersAreDroppedAndLinkedMeanwhile() {
        Duration limit = Duration.ofSeconds(1);
        PdLinks hasty = links(new Patience(
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                1,
                Duration.ZERO,
                Duration.ZERO,
                limit,
                Duration.ofSeconds(10)));
        await(hasty.link(prefill.node(), decode.node()));
        journal.next(6);
        prefill.hangs("p2p_drop_connect");
        prefill.during("p2p_drop_connect", () -> {
            assertThat(journal.next())
                    .hasToString("P p2p_drop_connect")
                    .satisfies(call -> assertThat(call.limit()).isEqualTo(limit));
            CompletableFuture<Void> other =
                    hasty.link(engine("P2").node(), engine("D2").node());
            assertThat(calls(6)).isEqualTo(Journal.handshake("P2", "D2"));
            assertThat(other).isCompleted();
            assertThatNothingElseIsCalled();
        });

        hasty.left(prefill.node(), true);

        assertThat(calls(1)).containsExactly("D p2p_drop_connect");
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_engineFailsToDrop_theOtherIsToldAllTheSame() {
        prefill.respondsWith("p2p_drop_connect", new Response(500, "Internal Server Error"));

        links.left(decode.node(), true);

        assertThat(calls(2)).isEqualTo(DROPS);
    }

    @Test
    void left_linkIsBeingMade_failsAtOnceAndWhatWasBegunIsDropped() {
        ScriptedEngine otherPrefill = engine("P2");
        CompletableFuture<Void> waiting = links.link(otherPrefill.node(), decode.node());
        otherPrefill.during("p2p_initialize", () -> {
            journal.next(3);
            links.left(decode.node(), false);
            assertThat(waiting).isCompletedExceptionally();
        });

        LegFailedException failure = failure(waiting);
        assertThat(failure.leg()).isEqualTo(Role.DECODE);
        assertThat(failure).hasMessageEndingWith(" are not linked: the decode node " + decode.url() + " has gone");
        assertThat(calls(2)).containsExactlyInAnyOrder("P p2p_drop_connect", "P2 p2p_drop_connect");
        assertThatNothingElseIsCalled();
    }

    @Test
    void left_linkIsAllButMade_isNotLinked() {
        ScriptedEngine otherPrefill = engine("P2");
        CompletableFuture<Void> waiting = links.link(otherPrefill.node(), decode.node());
        decode.during("p2p_connect", () -> {
            assertThat(journal.next(6)).isEqualTo(Journal.handshake("P2", "D"));
            links.left(otherPrefill.node(), true);
        });

        assertThat(failure(waiting).leg()).isEqualTo(Role.PREFILL);
        assertThat(calls(2)).containsExactly("P2 p2p_drop_connect", "D p2p_drop_connect");
        await(links.link(otherPrefill.node(), decode.node()));
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P2", "D"));
    }

    @Test
    void left_linkWaitsForItsTurn_isNeverBegun() {
        ScriptedEngine otherDecode = engine("D2");
        CompletableFuture<Void> first = links.link(engine("P3").node(), otherDecode.node());
        CompletableFuture<Void> waiting = links.link(prefill.node(), otherDecode.node());
        otherDecode.during("engine_info", () -> {
            journal.next(2);
            links.left(prefill.node(), false);
        });

        await(first);
        assertThat(failure(waiting).leg()).isEqualTo(Role.PREFILL);
        assertThat(calls(5)).contains("D p2p_drop_connect").noneMatch(call -> call.startsWith("P "));
        assertThatNothingElseIsCalled();
    }
}
