package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Handshakes with LMDeploy engines that fail, hang or cannot succeed: docs/lmdeploy-points.md, 9 to 13. */
final class LmdeployHandshakeFaultTest extends LmdeployFleetCase {
    private static final Fault BROKEN_INITIALIZE = Fault.internalError().onPath(INITIALIZE);

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void handshake_initializeAlwaysFails_endsAfterEightAttemptsWithGrowingGaps() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        prefill.inject(BROKEN_INITIALIZE);

        HttpResponse<String> answer = gateway.post(ROUTE, CHAT);

        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(Gateway.error(answer, "code")).isEqualTo("prefill_failed");
        assertThat(Gateway.error(answer, "message")).contains(prefill.url(), INITIALIZE, "status: 500", "8 attempts");
        assertThat(prefill.requests(INITIALIZE)).hasSize(8);
        List<Duration> gaps = gaps(prefill.requests(INITIALIZE));
        for (int i = 0; i < gaps.size(); i++) {
            assertThat(gaps.get(i)).isGreaterThanOrEqualTo(Duration.ofMillis(Math.min(75L << i, 3750)));
        }
        assertThat(decode.requests(INITIALIZE)).isEmpty();
        fleet.assertCalls(0, 0);
    }

    private static List<Duration> gaps(List<RecordedRequest> requests) {
        return IntStream.range(1, requests.size())
                .mapToObj(i -> Duration.between(
                        requests.get(i - 1).arrival(), requests.get(i).arrival()))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"2, 64, tp_size", "1, 128, block_size"})
    void handshake_pairIncompatible_isNotTriedUntilReregistered(
            int tpSize, int blockSize, String reason) throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine misfit = decode(DistServeOptions.DEFAULT.tpSize(tpSize).blockSize(blockSize));

        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer = gateway.post(ROUTE, CHAT);
            assertThat(answer.statusCode()).isEqualTo(502);
            assertThat(Gateway.error(answer, "message")).contains(reason, "expected: the same");
        }
        assertThat(linkCalls()).containsExactly("prefill engine_info", "decode engine_info");
        assertThat(gateway.post(WARM_UP, "{}").statusCode()).isEqualTo(502);

        misfit.stop();
        misfit.restart();
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(502);
        assertThat(prefill.links().infos()).isEqualTo(2);
        assertThat(misfit.links().infos()).isEqualTo(2);
        assertThat(prefill.requests(ROUTE)).isEmpty();
    }

    @Test
    void handshake_onePairIncompatible_otherPairServes() throws Exception {
        Gateway gateway = fleet.gateway();
        prefill();
        SimulatedEngine misfit = decode(DistServeOptions.DEFAULT.tpSize(2));
        SimulatedEngine fitting = decode();

        for (int i = 0; i < 4; i++) {
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        }

        assertThat(misfit.requests(INITIALIZE)).isEmpty();
        assertThat(misfit.links().infos()).isEqualTo(1);
        assertThat(fitting.requests(ROUTE)).hasSize(4);
    }

    @Test
    void handshake_failsOnceWithFiveWaiting_allSucceed() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        prefill.inject(BROKEN_INITIALIZE.times(1));

        List<HttpResponse<String>> answers = atOnce(5, () -> gateway.post(ROUTE, CHAT));

        assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(200);
        assertThat(prefill.requests(INITIALIZE)).hasSize(2);
        assertThat(decode.requests(INITIALIZE)).hasSize(1);
        assertThat(prefill.sessions().adopted()).isEqualTo(5);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void handshake_engineHangs_timesOutWhileOtherPairsServe() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine hanging = prefill();
        decode();
        hanging.inject(Fault.hangBeforeHeaders().onPath(INITIALIZE).times(1));
        try (RawClient client = new RawClient(gateway)) {
            client.chat(CHAT);
            Await.until(() -> !hanging.requests(INITIALIZE).isEmpty());
            prefill();
            decode();

            assertThat(timeOf(gateway)).isLessThan(Duration.ofSeconds(3));
            assertThat(client.readUntil("total_tokens")).startsWith("HTTP/1.1 200 ");
        }
        assertThat(hanging.requests(INITIALIZE)).hasSize(2);
    }

    /** Of a request that another pair has to serve. */
    private static Duration timeOf(Gateway gateway) throws Exception {
        long sent = System.nanoTime();
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        return Duration.ofNanos(System.nanoTime() - sent);
    }

    @Test
    void handshake_connectFailsOnDecode_startsAgainWithEngineInfo() throws Exception {
        Gateway gateway = fleet.gateway();
        prefill();
        SimulatedEngine decode = decode();
        decode.inject(Fault.internalError().onPath(CONNECT).times(1));

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(linkCalls())
                .isEqualTo(Stream.concat(HANDSHAKE.stream(), HANDSHAKE.stream()).toList());
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void engine_refusesConnectionsBeforeItIsLinked_otherOneServes() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine gone = decode();
        decode();
        prefill();
        gone.stop();

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        fleet.assertCalls(1, 1);
    }

    @Test
    void warmUp_aPairCannotBeLinked_is502AndSaysWhich() throws Exception {
        Gateway gateway = fleet.gateway();
        prefill();
        SimulatedEngine misfit = decode(DistServeOptions.DEFAULT.tpSize(2));
        SimulatedEngine fitting = decode();

        HttpResponse<String> answer = gateway.post(WARM_UP, "{}");

        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body())
                .startsWith("{\"SUCCESS\":false,")
                .containsPattern(misfit.url() + "\",\"linked\":false,\"reason\":\"[^\"]*tp_size")
                .contains(fitting.url() + "\",\"linked\":true}");
    }
}
