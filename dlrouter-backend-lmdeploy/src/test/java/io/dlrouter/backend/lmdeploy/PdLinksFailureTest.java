package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import io.dlrouter.spi.NodeClient.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PdLinksFailureTest extends LinkFixture {
    private static final Response ERROR = new Response(500, "Internal Server Error");

    @Test
    void link_failsOnceWithFiveWaiting_allAreLinkedByTheNextAttempt() {
        prefill.respondsWith("p2p_initialize", ERROR);
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiting.add(link());
        }

        for (CompletableFuture<Void> each : waiting) {
            await(each);
        }

        assertThat(journal.next(3)).isEqualTo(Journal.handshake("P", "D").subList(0, 3));
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
        assertThat(journal.left()).isEmpty();
    }

    @Test
    void link_decodeRefusesToConnect_beginsAgainFromTheStart() {
        decode.respondsWith("p2p_connect", ERROR);

        await(link());

        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
        assertThat(journal.left()).isEmpty();
    }

    @Test
    void link_engineKeepsFailing_isTriedEightTimesAtGrowingGaps() {
        Duration gap = Duration.ofMillis(4);
        PdLinks patient = links(new Patience(
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                8,
                gap,
                Duration.ofSeconds(5),
                Duration.ZERO,
                Duration.ofSeconds(10)));
        prefill.respondsWith("engine_info", ERROR, ERROR, ERROR, ERROR, ERROR, ERROR, ERROR, ERROR);

        CompletableFuture<Void> link = patient.link(prefill.node(), decode.node());
        for (int attempt = 1; attempt < 8; attempt++) {
            assertThat(calls(1)).containsExactly("P engine_info");
            assertThatNothingElseIsCalled();
            Duration longest = gap.multipliedBy(1L << (attempt - 1));
            Duration next = clock.untilNextTask().orElseThrow();
            assertThat(next)
                    .as("gap %s", attempt)
                    .isBetween(longest.multipliedBy(3).dividedBy(4), longest);
            clock.advance(next);
        }
        assertThat(calls(1)).containsExactly("P engine_info");
        LegFailedException failure = failure(link);

        assertThat(failure.leg()).isEqualTo(Role.PREFILL);
        assertThat(failure)
                .hasMessage(
                        "The prefill node %s and the decode node %s are not linked: The prefill node %s failed at"
                                + " /distserve/engine_info: status: 500 (expected: 200) (8 attempts)",
                        prefill.url(), decode.url(), prefill.url());
        assertThatNothingElseIsCalled();
        assertThat(clock.untilNextTask()).isEmpty();
    }

    @Test
    void link_gaveUp_isTriedAnewWhenItIsNextAskedFor() {
        PdLinks hasty = links(new Patience(
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                1,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(10)));
        decode.respondsWith("engine_info", ERROR);
        assertThat(failure(hasty.link(prefill.node(), decode.node())).leg()).isEqualTo(Role.DECODE);
        journal.next(2);

        await(hasty.link(prefill.node(), decode.node()));

        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "engine_info; <html>",
                "engine_info; null",
                "engine_info; {\"tp_size\":4}",
                "p2p_initialize; {\"status\":2}",
                "p2p_initialize; {\"status\":1}",
                "p2p_initialize; {\"status\":1,\"engine_endpoint_info\":null,\"kvtransfer_endpoint_info\":[]}",
                "p2p_initialize; {\"status\":1,\"engine_endpoint_info\":{},\"kvtransfer_endpoint_info\":{}}",
                "p2p_initialize; {\"engine_endpoint_info\":{},\"kvtransfer_endpoint_info\":[]}",
                "p2p_initialize; []",
                "p2p_connect; {\"status\":2}",
                "p2p_connect; {\"status\":\"1\"}",
                "p2p_connect; {}",
            })
    void link_answerThatIsNoSuccess_isOneAttemptThatFailed(String route, String response) {
        decode.respondsWith(route, ScriptedEngine.json(response));

        await(link());

        List<String> whole = Journal.handshake("P", "D");
        int reached = whole.indexOf("D " + route) + 1;
        assertThat(journal.next(reached)).isEqualTo(whole.subList(0, reached));
        assertThat(journal.next(6)).isEqualTo(whole);
        assertThat(journal.left()).isEmpty();
    }

    @Test
    void link_nobodyListens_namesTheNode() {
        decode.refusesConnections();

        assertThat(failure(link()).leg()).isEqualTo(Role.DECODE);
    }

    @ParameterizedTest
    @CsvSource({"tp_size, 4, 2", "block_size, 64, 32", "num_gpu_blocks, 1234, 0"})
    void link_enginesThatDoNotFit_isNeverTriedAgain(String member, String fits, String other) {
        decode.info(ScriptedEngine.INFO.replace("\"" + member + "\":" + fits, "\"" + member + "\":" + other));

        LegFailedException failure = failure(link());

        assertThat(failure)
                .hasMessageContaining(" cannot be linked: " + member + ": " + fits + " of prefill, " + other);
        assertThat(links.mismatch(prefill.node(), decode.node()))
                .hasValueSatisfying(reason -> assertThat(reason).startsWith(member + ": "));
        assertThat(link()).isCompletedExceptionally();
        assertThat(journal.left()).containsExactly("P engine_info", "D engine_info");
    }

    @Test
    void link_otherPairOfAnEngineThatDoesNotFit_isMade() {
        ScriptedEngine otherDecode = engine("D2");
        decode.info(ScriptedEngine.INFO.replace(":64", ":32"));
        failure(link());

        await(links.link(prefill.node(), otherDecode.node()));

        assertThat(links.mismatch(prefill.node(), otherDecode.node())).isEmpty();
    }

    @Test
    void left_nodeThatDidNotFit_isTriedAgainAndNobodyIsToldToDrop() {
        decode.info(ScriptedEngine.INFO.replace(":64", ":32"));
        failure(link());
        journal.next(2);
        decode.info(ScriptedEngine.INFO);

        links.left(decode.node(), true);

        assertThat(links.mismatch(prefill.node(), decode.node())).isEmpty();
        await(link());
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P", "D"));
    }
}
