package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
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

final class MigrationTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String STREAM = "\"stream\":true,";
    private static final SessionCounts ADOPTED = new SessionCounts(1, 0, 1, 0, 0, 0, 0);
    private static final SessionCounts ALIVE = new SessionCounts(1, 1, 0, 0, 0, 0, 0);

    private final LinkedPair pair;
    private final SimulatedEngine prefill;
    private final SimulatedEngine decode;

    MigrationTest() throws Exception {
        pair = LinkedPair.linked();
        prefill = pair.prefill;
        decode = pair.decode;
    }

    @AfterEach
    void stop() {
        pair.close();
    }

    @Test
    void stages_withoutTheHeader_are400AndAViolation() throws Exception {
        assertThat(new ApiClient(prefill).post(CHAT, chat(PREFILL)).statusCode())
                .isEqualTo(400);
        assertThat(new ApiClient(decode).post(CHAT, chat(pair.order())).statusCode())
                .isEqualTo(400);
        assertThat(prefill.violations())
                .isEqualTo(decode.violations())
                .singleElement()
                .asString()
                .startsWith("header x-lmdeploy-distserve-proxy: none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", STREAM})
    void decode_asOrdered_takesTheCacheOver(String stream) throws Exception {
        HttpResponse<String> answer = pair.decode(pair.order() + stream);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains(" token0").doesNotContain("error");
        assertThat(prefill.sessions()).isEqualTo(ADOPTED);
        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    "protocol":2             | "protocol":"RDMA"           | protocol
                    "remote_session_id":1    | "remote_session_id":"1"     | remote_session_id
                    "remote_session_id":1    | "remote_session_id":-1      | remote_session_id
                    "is_dummy_prefill":false | "is_dummy_prefill":false,"x":1 | migration_request
                    ,"is_dummy_prefill":false| ` `                         | migration_request
                    "is_dummy_prefill":false | "is_dummy_prefill":true     | is_dummy_prefill
                    "remote_block_ids":[     | "remote_block_ids":[[],     | remote_block_ids
                    "migration_request"      | "migration"                 | migration_request
                    """)
    void decode_ofAnotherForm_is500AndAViolation(String good, String bad, String member) throws Exception {
        HttpResponse<String> answer = pair.decode(pair.order().replace(good, bad));

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("Internal Server Error");
        assertThat(decode.violations()).singleElement().asString().startsWith(member + ": ");
        assertThat(prefill.sessions()).isEqualTo(ALIVE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"with_cache\":true,",
                "\"preserve_cache\":true,",
                "\"_prefill_url\":\"x\",",
                "\"session_id\":1,"
            })
    void decode_withWhatIsNotItsOwn_is400AndAViolation(String member) throws Exception {
        assertThat(pair.decode(pair.order() + member).statusCode()).isEqualTo(400);
        assertThat(decode.violations()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", STREAM})
    void decode_withoutBlocks_endsTheEngine(String stream) throws Exception {
        HttpResponse<String> answer = pair.decode(pair.order().replaceFirst("ids\":\\[\\d+", "ids\":[") + stream);

        assertThat(answer.body()).isEqualTo(stream.isEmpty() ? "Internal Server Error" : answer.body());
        assertThat(answer.body().contains("data: {\"error\":{\"message\":\"remote_block_ids: []"))
                .isEqualTo(!stream.isEmpty());
        assertThat(prefill.sessions()).isEqualTo(ALIVE);
        assertDead(decode);
    }

    @Test
    void decode_withABlockTooMany_endsTheEngine() throws Exception {
        pair.decode(pair.order().replace("ids\":[", "ids\":[5,"));

        assertDead(decode);
    }

    @Test
    void decode_withoutALink_endsTheEngineUntilItIsRestarted() throws Exception {
        pair.drop(decode, prefill);
        assertThat(pair.decode(pair.order()).statusCode()).isEqualTo(500);
        assertDead(decode);

        decode.stop();
        decode.restart();
        assertThat(new ApiClient(decode).get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void decode_withoutALinkOnTheSideOfPrefill_isAViolationOfBoth() throws Exception {
        pair.drop(prefill, decode);

        assertRefused(pair.order(), "not linked on the side of");
    }

    @Test
    void decode_ofASessionTakenBefore_isAViolationOfBoth() throws Exception {
        String order = pair.order();
        pair.decode(order);

        assertRefused(order, "adopted before");
    }

    @Test
    void decode_ofASessionFreedBefore_isAViolationOfBoth() throws Exception {
        String order = pair.order();
        pair.free("1");

        assertRefused(order, "freed before");
    }

    @Test
    void decode_ofAnUnknownSession_isAViolationOfBoth() throws Exception {
        assertRefused(pair.order().replace("session_id\":1", "session_id\":2"), "never issued");
    }

    @Test
    void decode_withAnotherToken_isAViolationOfBoth() throws Exception {
        assertRefused(pair.order().replaceFirst("token_id\":\\d+", "token_id\":7"), "issued as");
    }

    @Test
    void decode_ofASessionOfAnotherPrefillEngine_isAViolationOfBoth() throws Exception {
        try (SimulatedEngine other = LinkedPair.engine().prefill().start()) {
            String answer = new ApiClient(other)
                    .post(CHAT, chat(PREFILL), "x-lmdeploy-distserve-proxy", "1")
                    .body();
            pair.prefill(PREFILL);

            assertRefused(LinkedPair.order(prefill, answer), "issued as");
        }
    }

    @Test
    void decode_overALinkToAnEarlierLife_isAViolationOfBoth() throws Exception {
        prefill.stop();
        prefill.restart();

        assertRefused(pair.order(), "linked in life 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", STREAM})
    void decode_whenPrefillIsGone_failsAndIsNobodysFault(String stream) throws Exception {
        String order = pair.order();
        prefill.stop();

        assertThat(pair.decode(order + stream).statusCode()).isEqualTo(stream.isEmpty() ? 500 : 200);
        assertThat(decode.violations()).isEmpty();
        assertThat(new ApiClient(decode).get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void decode_ofADummy_needsNoPrefill() throws Exception {
        String dummy = "\"migration_request\":{\"protocol\":2,\"remote_engine_id\":\"dummy:dummy\","
                + "\"remote_session_id\":0,\"remote_token_id\":0,\"remote_block_ids\":[],\"is_dummy_prefill\":true},";

        assertThat(pair.decode(dummy).statusCode()).isEqualTo(200);
        assertThat(decode.violations()).isEmpty();
    }

    @Test
    void decode_sendsTheHeadBeforeItTakesTheCacheOver() throws Exception {
        try (LinkedPair slow = LinkedPair.of(DistServeOptions.DEFAULT.migrationTime(Duration.ofMinutes(1)));
                RawClient client = new RawClient(slow.decode)) {
            client.send(RawClient.post(CHAT, chat(slow.order() + STREAM), "x-lmdeploy-distserve-proxy: 1"))
                    .readUntil("\r\n\r\n");
            assertThat(slow.prefill.sessions()).isEqualTo(ALIVE);
            client.leave();

            assertThat(slow.decode.awaitDisconnects(1, SOON)).hasSize(1);
            assertThat(slow.prefill.sessions()).isEqualTo(ALIVE);
        }
    }

    private void assertRefused(String order, String reason) throws Exception {
        assertThat(pair.decode(order).statusCode()).isEqualTo(500);
        assertThat(decode.violations()).singleElement().asString().contains(reason);
        assertThat(prefill.violations()).singleElement().asString().contains(reason);
        assertThat(new ApiClient(decode).get("/health").statusCode()).isEqualTo(200);
    }

    private void assertDead(SimulatedEngine engine) throws Exception {
        assertThat(engine.violations()).hasSize(1);
        assertThat(new ApiClient(engine).get("/health").statusCode()).isEqualTo(503);
        assertThat(new ApiClient(engine).get(LinkedPair.INFO).statusCode()).isEqualTo(500);
        assertThat(pair.decode(pair.order()).statusCode()).isEqualTo(500);
    }
}
