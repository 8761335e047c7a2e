package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DataParallelTest {
    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "one", "1.5", ""})
    void rank_inRangeOrNoInteger_isTaken(String rank) throws Exception {
        try (SimulatedEngine engine = TwoStages.engine().dataParallelSize(2).start()) {
            assertThat(post(engine, rank).statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "-1", "99999999999"})
    void rank_outOfRange_is400(String rank) throws Exception {
        try (SimulatedEngine engine = TwoStages.engine().dataParallelSize(2).start()) {
            HttpResponse<String> answer = post(engine, rank);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("data_parallel_rank " + rank + " is out of range [0, 2)");
        }
    }

    @Test
    void rank_numberedOverAllEngines_isTakenIfItIsOneOfThisEngines() throws Exception {
        try (SimulatedEngine engine =
                TwoStages.engine().dataParallelSize(2).firstDataParallelRank(4).start()) {
            assertThat(post(engine, "4").statusCode()).isEqualTo(200);
            assertThat(post(engine, "5").statusCode()).isEqualTo(200);
            assertThat(new ApiClient(engine).post(CHAT, chat("")).statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "3", "6", "-1"})
    void rank_ofAnotherEngine_is400(String rank) throws Exception {
        try (SimulatedEngine engine =
                TwoStages.engine().dataParallelSize(2).firstDataParallelRank(4).start()) {
            HttpResponse<String> response = post(engine, rank);

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("engine-core error");
        }
    }

    @Test
    void firstRank_belowZero_isRefused() {
        assertThatThrownBy(() -> TwoStages.engine().firstDataParallelRank(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("first data parallel rank: -1 (expected: 0 or more)");
    }

    @Test
    void requestsOfRank_ofSeveral_countsEach() throws Exception {
        try (SimulatedEngine engine = TwoStages.engine().dataParallelSize(2).start()) {
            post(engine, "1");
            post(engine, "1");
            post(engine, "0");
            new ApiClient(engine).post(CHAT, chat(""));

            assertThat(engine.requestsOfRank(0)).isEqualTo(1);
            assertThat(engine.requestsOfRank(1)).isEqualTo(2);
        }
    }

    @Test
    void size_ofNone_isRefused() {
        assertThatThrownBy(() -> TwoStages.engine().dataParallelSize(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("data parallel size: 0 (expected: 1 or more)");
    }

    private static HttpResponse<String> post(SimulatedEngine engine, String rank) throws Exception {
        return new ApiClient(engine).post(CHAT, chat(""), "X-data-parallel-rank", rank);
    }
}
