package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.TEXT;
import static io.dlrouter.simulator.ApiClient.chat;
import static io.dlrouter.simulator.LinkedPair.PREFILL;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MigratingPrefillTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final SessionCounts ALIVE = new SessionCounts(1, 1, 0, 0, 0, 0, 0);

    private final LinkedPair pair;
    private final SimulatedEngine prefill;

    MigratingPrefillTest() throws Exception {
        pair = LinkedPair.linked();
        prefill = pair.prefill;
    }

    @AfterEach
    void stop() {
        pair.close();
    }

    @Test
    void prefill_asOrdered_answersBlocksAndATokenAndKeepsTheSession() throws Exception {
        HttpResponse<String> answer = pair.prefill(PREFILL);

        assertThat(answer.body())
                .startsWith("{\"id\":\"chatcmpl-")
                .contains("\"completion_tokens\":1,")
                .containsPattern(
                        "\"cache_block_ids\":\\[\\d+\\],\"remote_token_ids\":\\[\\d+\\],\"cache_session_id\":1}");
        assertThat(prefill.sessions()).isEqualTo(ALIVE);
        assertThat(prefill.violations()).isEmpty();
    }

    @Test
    void prefill_ofALongPrompt_hasABlockForEachFullOrBegunOne() throws Exception {
        String words = "word ".repeat(64) + "word";
        HttpResponse<String> answer = new ApiClient(prefill)
                .post(
                        TEXT,
                        "{" + PREFILL + "\"model\":\"m\",\"prompt\":\"" + words + "\"}",
                        "x-lmdeploy-distserve-proxy",
                        "1");

        assertThat(answer.body()).containsPattern("\"cache_block_ids\":\\[\\d+,\\d+\\]");
    }

    @ParameterizedTest
    @CsvSource({"NUMERIC_ID, '^\\{\"id\":\"1\",'", "UNKNOWN, '^\\{\"id\":\"chatcmpl-'"})
    void prefill_ofAnotherOwnerForm_saysItSo(CacheOwner owner, String pattern) throws Exception {
        try (SimulatedEngine other = LinkedPair.engine()
                .prefill()
                .distServe(DistServeOptions.DEFAULT.cacheOwner(owner))
                .start()) {
            assertThat(new ApiClient(other)
                            .post(CHAT, chat(PREFILL), "x-lmdeploy-distserve-proxy", "1")
                            .body())
                    .containsPattern(pattern)
                    .doesNotContain("cache_session_id");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "stream":false              | "stream":true                | stream
                    "max_tokens":1              | "max_tokens":2               | max_tokens
                    "max_completion_tokens":1,  | "x":1,                       | max_completion_tokens
                    "with_cache":true           | "with_cache":false           | with_cache
                    "preserve_cache":true       | "preserve_cache":1           | preserve_cache
                    "with_cache":true           | "with_cache":true,"n":2      | n
                    "with_cache":true           | "with_cache":true,"session_id":7 | session_id
                    "with_cache":true           | "with_cache":true,"migration_request":{} | migration_request
                    "with_cache":true           | "with_cache":true,"min_new_tokens":5 | min_new_tokens
                    """)
    void prefill_notAsOrdered_is400AndAViolation(String good, String bad, String member) throws Exception {
        assertThat(pair.prefill(PREFILL.replace(good, bad)).statusCode()).isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().startsWith(member);
        assertThat(prefill.sessions().issued()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"with_cache", "preserve_cache"})
    void hybrid_withMembersOfPrefill_is400AndAViolation(String member) throws Exception {
        try (SimulatedEngine hybrid = LinkedPair.engine().start()) {
            assertThat(new ApiClient(hybrid)
                            .post(CHAT, chat("\"" + member + "\":true,"))
                            .statusCode())
                    .isEqualTo(400);
            assertThat(hybrid.violations()).hasSize(1);
        }
    }

    @Test
    void hybrid_withAMigrationRequest_neverAnswersAndIsAViolation() throws Exception {
        try (SimulatedEngine hybrid = LinkedPair.engine().start();
                RawClient client = new RawClient(hybrid)) {
            client.send(RawClient.post(CHAT, chat(pair.order())));
            hybrid.awaitRequests(1, SOON);
            assertThat(hybrid.awaitIdle(Duration.ofMillis(100))).isFalse();
            assertThat(hybrid.violations()).hasSize(1);
        }
    }
}
