package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.NodeLinks.Use;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A link that is in use is not dropped: an engine dies of a request over a link that it does not know. */
class PdLinksUseTest extends LinkFixture {
    private static final List<String> DROPS = List.of("P p2p_drop_connect", "D p2p_drop_connect");

    @BeforeEach
    void linkBoth() {
        await(link());
        journal.next(6);
    }

    private Use use() {
        return links.use(prefill.node(), decode.node()).orElseThrow();
    }

    @Test
    void use_ofALinkThatStands_stands() {
        try (Use use = use()) {
            assertThat(use.stands()).isTrue();
        }
    }

    @Test
    void use_ofAPairThatIsNotLinked_isNone() {
        assertThat(links.use(engine("P2").node(), decode.node())).isEmpty();
    }

    @Test
    void use_whoseNodeLeaves_standsNoMoreAndHoldsTheDropBack() {
        Use use = use();

        links.left(prefill.node(), true);

        assertThat(use.stands()).isFalse();
        assertThat(links.use(prefill.node(), decode.node())).isEmpty();
        assertThatNothingElseIsCalled();
        use.close();
        assertThat(calls(2)).isEqualTo(DROPS);
    }

    @Test
    void link_ofAPairWhoseOldLinkIsInUse_isMadeAfterTheDrop() {
        Use use = use();
        links.left(decode.node(), false);

        CompletableFuture<Void> again = link();
        assertThatNothingElseIsCalled();
        use.close();

        await(again);
        assertThat(journal.next(1)).containsExactly("P p2p_drop_connect");
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
    }

    @Test
    void use_thatDoesNotEnd_holdsTheDropBackForAWhileOnly() {
        Duration longest = Duration.ofMillis(50);
        PdLinks hasty = links(new Patience(
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                1,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(10),
                longest));
        await(hasty.link(engine("P2").node(), decode.node()));
        journal.next(6);
        await(hasty.link(prefill.node(), decode.node()));
        journal.next(6);
        Use use = hasty.use(prefill.node(), decode.node()).orElseThrow();

        hasty.left(prefill.node(), true);

        clock.advance(longest.minusNanos(1));
        assertThatNothingElseIsCalled();
        clock.advance(Duration.ofNanos(1));
        assertThat(calls(2)).isEqualTo(DROPS);
        use.close();
    }

    @Test
    void use_closedTwice_countsOnce() {
        Use use = use();
        Use other = use();
        use.close();
        use.close();

        links.left(prefill.node(), true);

        assertThatNothingElseIsCalled();
        other.close();
        assertThat(calls(2)).isEqualTo(DROPS);
    }

    @Test
    void broken_link_isDroppedAndMadeAnew() {
        breakLink();

        assertThat(calls(2)).isEqualTo(DROPS);
        await(link());
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
    }

    @Test
    void broken_byAUseOfAnEarlierLink_leavesTheNewOneBe() {
        Use early = use();
        breakLink();
        early.close();
        assertThat(calls(2)).isEqualTo(DROPS);
        await(link());
        journal.next(6);

        early.broken();

        assertThat(use().stands()).isTrue();
        assertThatNothingElseIsCalled();
    }
}
